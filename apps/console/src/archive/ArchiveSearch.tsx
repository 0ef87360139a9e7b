import { Alert, Box, Button, LinearProgress, Stack, Typography } from '@mui/material';
import { ArchivePage, type ArchivedMessage } from '@interoffice/contract';
import { useState } from 'react';
import { Title } from 'react-admin';
import { ask } from '../http.js';
import { ConversationDialog } from './ConversationDialog.js';
import { MessageRow } from './MessageRow.js';
import { PresenceDialog } from './PresenceDialog.js';
import { SearchForm, type Search } from './SearchForm.js';
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

  return (
    <Box sx={{ mt: 2, maxWidth: 1100 }}>
      <Title title="Archive" />
      <SearchForm busy={busy} onSearch={(search) => void load(search, [])} />
      <Box sx={{ height: 8, my: 1 }}>{busy ? <LinearProgress aria-label="Searching" /> : null}</Box>
      {error === undefined ? null : <Alert severity="error">{error}</Alert>}
      {found === undefined ? (
        <Typography color="text.secondary">
          Searches and what you open are written to the audit log, with your reason.
        </Typography>
      ) : (
        <Results
          found={found}
          onOpen={setOpened}
          onMore={() => void load(found.search, found.items, found.next)}
          busy={busy}
        />
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
  if (found.items.length === 0)
    return <Alert severity="info">Nothing was found. Try fewer words or a longer time.</Alert>;
  return (
    <Stack spacing={1} component="section" aria-label="Messages found">
      <Typography variant="body2" color="text.secondary" role="status">
        {found.items.length} {found.items.length === 1 ? 'message' : 'messages'}
        {found.next === undefined ? '' : ', and there are more'}
        {found.indexedUntil === undefined ? '' : `. Searched up to ${new Date(found.indexedUntil).toLocaleString()}`}
      </Typography>
      {found.items.map((message) => (
        <MessageRow
          key={message.id}
          message={message}
          searched={found.search.text}
          actions={<Actions message={message} onOpen={onOpen} />}
        />
      ))}
      {found.next === undefined ? null : (
        <Button onClick={onMore} disabled={busy}>
          Show more
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
