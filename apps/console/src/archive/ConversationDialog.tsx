import { Button, Chip, Stack, TextField, Typography } from '@mui/material';
import { type ArchivedMessage, Conversation, ConversationThen, type MessageThen } from '@interoffice/contract';
import { useState } from 'react';
import { LookDialog } from './LookDialog.js';
import { MessageRow } from './MessageRow.js';
import type { Search } from './search.js';

/** What a dialog about a message that was found is given. */
export interface AboutMessage {
  readonly message: ArchivedMessage;
  readonly search: Search;
  readonly onClose: () => void;
}

const COUNT = 20;
const STATES: Readonly<Record<MessageThen['state'], string | undefined>> = {
  'as-said': undefined,
  corrected: 'corrected by then',
  retracted: 'retracted by then',
  moderated: 'removed by a moderator by then',
};

/** What was said before and after a message; now, or as it stood at a moment. */
export function ConversationDialog(about: AboutMessage) {
  const [at, setAt] = useState<string>();
  return at === undefined ? <Now {...about} onMoment={setAt} /> : <Then {...about} at={at} onMoment={setAt} />;
}

interface Looking extends AboutMessage {
  readonly onMoment: (at: string | undefined) => void;
}

function Now({ message, search, onClose, onMoment }: Looking) {
  const path = `/archive/messages/${message.id}/around`;
  const query = { reason: search.reason, count: COUNT };
  return (
    <LookDialog title="Conversation" schema={Conversation} path={path} query={query} onClose={onClose}>
      {({ items }) => (
        <>
          <Moment initial={message.at} onMoment={onMoment} />
          {items.map((item) => (
            <MessageRow
              key={item.id}
              message={item}
              places={item.id === message.id ? message.matches : undefined}
              isHit={item.id === message.id}
            />
          ))}
        </>
      )}
    </LookDialog>
  );
}

function Then({ message, search, onClose, onMoment, at }: Looking & { at: string }) {
  const path = `/archive/messages/${message.id}/as-of`;
  const query = { reason: search.reason, count: COUNT, at };
  const title = `As it stood on ${new Date(at).toLocaleString()}`;
  return (
    <LookDialog title={title} schema={ConversationThen} path={path} query={query} onClose={onClose}>
      {({ items, present }) => (
        <>
          <Stack direction="row">
            <Button size="small" onClick={() => onMoment(undefined)}>
              As it stands now
            </Button>
          </Stack>
          {present === undefined ? null : (
            <Typography variant="body2">
              In the room:{' '}
              {present.length === 0 ? 'nobody' : [...new Set(present.map(({ nick, from }) => nick ?? from))].join(', ')}
            </Typography>
          )}
          {items.map((item) => (
            <MessageRow key={item.id} message={item} isHit={item.id === message.id} label={item.name ?? item.from}>
              {STATES[item.state] === undefined ? null : <Chip size="small" color="info" label={STATES[item.state]} />}
            </MessageRow>
          ))}
        </>
      )}
    </LookDialog>
  );
}

/** Asks for a moment; by keyboard as any field of a form. */
function Moment({ initial, onMoment }: { initial: string; onMoment: (at: string) => void }) {
  const [value, setValue] = useState(localOf(new Date(initial)));
  return (
    <Stack
      direction="row"
      spacing={1}
      component="form"
      sx={{ alignItems: 'center' }}
      onSubmit={(event) => {
        event.preventDefault();
        const at = new Date(value);
        if (!Number.isNaN(at.getTime())) onMoment(at.toISOString());
      }}
    >
      <TextField
        type="datetime-local"
        size="small"
        label="As it stood at"
        value={value}
        onChange={(event) => setValue(event.target.value)}
        slotProps={{ inputLabel: { shrink: true }, htmlInput: { step: 1 } }}
      />
      <Button type="submit" size="small" variant="outlined">
        Show
      </Button>
    </Stack>
  );
}

/** As the field wants it: local time, without a zone. */
function localOf(moment: Date): string {
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
