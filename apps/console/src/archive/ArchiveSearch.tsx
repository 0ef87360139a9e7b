import { Alert, Box, Button, LinearProgress, Stack, Typography } from '@mui/material';
import { type ArchivedMessage, type ArchiveFilter, ArchivePage } from '@interoffice/contract';
import { useEffect, useRef, useState } from 'react';
import { Title } from 'react-admin';
import { ask } from '../http.js';
import { ActiveFilters } from './ActiveFilters.js';
import { ConversationDialog } from './ConversationDialog.js';
import { FacetPanel } from './FacetPanel.js';
import { MessageRow } from './MessageRow.js';
import { PresenceDialog } from './PresenceDialog.js';
import { SavedSearchList } from './SavedSearchList.js';
import { filterOf, type Search } from './search.js';
import { SearchForm } from './SearchForm.js';
import { useSearchKeys } from './use-search-keys.js';
import { VersionsDialog } from './VersionsDialog.js';

interface Found {
  readonly search: Search;
  readonly items: readonly ArchivedMessage[];
  readonly next: string | undefined;
  readonly indexedUntil: string | undefined;
}

/** What can be looked at about a message that was found. */
const DIALOGS = {
  Conversation: ConversationDialog,
  Versions: VersionsDialog,
  'Who was there': PresenceDialog,
} as const;
type Dialog = keyof typeof DIALOGS;

/** What stands in the form; each one that is not typed is a form of its own. */
interface Draft {
  readonly filter: ArchiveFilter;
  readonly nth: number;
}

const SHORTEST_REASON = 3;

interface Opened {
  readonly dialog: Dialog;
  readonly message: ArchivedMessage;
}

/** Every message is part of a conversation; those of rooms have been heard by others, and may have been changed. */
function dialogsOf({ room, about, isChanged }: ArchivedMessage): Dialog[] {
  if (room === undefined) return ['Conversation'];
  const hasVersions = about !== undefined || isChanged;
  return ['Conversation', ...(hasVersions ? (['Versions'] as const) : []), 'Who was there'];
}

/** An officer's search of what was said. The reason goes with every look, and into the audit log. */
export function ArchiveSearch() {
  const [found, setFound] = useState<Found>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [opened, setOpened] = useState<Opened>();
  const [reason, setReason] = useState('');
  const [draft, setDraft] = useState<Draft>({ filter: {}, nth: 0 });
  const words = useRef<HTMLInputElement>(null);
  const why = useRef<HTMLInputElement>(null);
  useSearchKeys(words);

  const load = async (search: Search, before: readonly ArchivedMessage[], after?: string): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const { items, next, indexedUntil } = await ask(ArchivePage, '/archive/messages', {
        query: { ...search, after, limit: 50 },
      });
      setFound({ search, items: [...before, ...items], next, indexedUntil });
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : 'The search failed.');
    } finally {
      setBusy(false);
    }
  };
  /** Shown in the form as well; without a reason it waits there for one. */
  const apply = (search: Search): void => {
    setDraft(({ nth }) => ({ filter: filterOf(search), nth: nth + 1 }));
    if (search.reason.trim().length >= SHORTEST_REASON) void load(search, []);
  };
  const waits = draft.nth > 0 && reason === '';
  useEffect(() => {
    if (waits) why.current?.focus();
  }, [waits, draft.nth]);

  return (
    <Box sx={{ mt: 2, maxWidth: 1100 }}>
      <Title title="Archive" />
      <SearchForm
        key={draft.nth}
        isFirst={draft.nth === 0}
        busy={busy}
        initial={draft.filter}
        reason={reason}
        onReason={setReason}
        onSearch={(search) => void load(search, [])}
        wordsRef={words}
        reasonRef={why}
      />
      <Box sx={{ height: 8, my: 1 }}>{busy ? <LinearProgress aria-label="Searching" /> : null}</Box>
      {error === undefined ? null : <Alert severity="error">{error}</Alert>}
      <SavedSearchList search={found?.search} onRun={({ id, query }) => apply({ ...query, reason, saved: id })} />
      {found === undefined ? (
        <Typography color="text.secondary">
          Searches and what you open are written to the audit log, with your reason. Keys: / for the words, j and k from
          message to message, Enter for the conversation.
        </Typography>
      ) : (
        <>
          <ActiveFilters search={found.search} onChange={apply} />
          <FacetPanel search={found.search} onNarrow={apply} />
          <Results
            found={found}
            onOpen={setOpened}
            onMore={() => void load(found.search, found.items, found.next)}
            busy={busy}
          />
        </>
      )}
      {opened !== undefined && found ? (
        <AboutDialog opened={opened} search={found.search} onClose={() => setOpened(undefined)} />
      ) : null}
    </Box>
  );
}

function AboutDialog({ opened, ...rest }: { opened: Opened; search: Search; onClose: () => void }) {
  const Chosen = DIALOGS[opened.dialog];
  return <Chosen message={opened.message} {...rest} />;
}

interface ResultsProps {
  readonly found: Found;
  readonly busy: boolean;
  readonly onOpen: (opened: Opened) => void;
  readonly onMore: () => void;
}

function Results({ found, busy, onOpen, onMore }: ResultsProps) {
  if (found.items.length === 0 && found.next === undefined)
    return <Alert severity="info">Nothing was found. Try fewer words or filters, or a longer time.</Alert>;
  return (
    <Stack spacing={1} component="section" aria-label="Messages found">
      <Typography variant="body2" color="text.secondary" role="status">
        {found.items.length} {found.items.length === 1 ? 'message' : 'messages'}
        {found.next === undefined ? '' : ', and there may be more'}
        {found.indexedUntil === undefined ? '' : `. Searched up to ${new Date(found.indexedUntil).toLocaleString()}`}
      </Typography>
      {found.items.map((message) => (
        <MessageRow
          key={message.id}
          message={message}
          places={message.matches}
          actions={<Actions message={message} onOpen={onOpen} />}
        />
      ))}
      {found.next === undefined ? null : (
        <Button onClick={onMore} disabled={busy}>
          {found.items.length === 0 ? 'Look further back' : 'Show more'}
        </Button>
      )}
    </Stack>
  );
}

function Actions({ message, onOpen }: { message: ArchivedMessage; onOpen: ResultsProps['onOpen'] }) {
  return (
    <Stack direction="row" sx={{ ml: 'auto' }}>
      {dialogsOf(message).map((dialog) => (
        <Button key={dialog} size="small" onClick={() => onOpen({ dialog, message })}>
          {dialog}
        </Button>
      ))}
    </Stack>
  );
}
