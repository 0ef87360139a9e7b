import { Typography } from '@mui/material';
import { type MessageChange, MessageVersions } from '@interoffice/contract';
import { PlainText } from '../PlainText.js';
import type { AboutMessage } from './ConversationDialog.js';
import { LookDialog } from './LookDialog.js';
import { MessageRow } from './MessageRow.js';

const LABELS: Readonly<Record<MessageChange, string>> = {
  original: 'original',
  correction: 'correction',
  retraction: 'retracted by its author',
  moderation: 'taken back by a moderator',
  disposed: 'change, no longer kept',
};

/** A message as it was first, and everything that was made of it. */
export function VersionsDialog({ message, search, onClose }: AboutMessage) {
  const path = `/archive/messages/${message.id}/versions`;
  const query = { reason: search.reason };
  return (
    <LookDialog title="Versions" schema={MessageVersions} path={path} query={query} onClose={onClose}>
      {({ items }) =>
        items.map((item) => (
          <MessageRow
            key={item.id}
            message={item}
            places={item.id === message.id ? message.matches : undefined}
            isHit={item.id === message.id}
            label={LABELS[item.change]}
          >
            {item.reason === undefined ? null : (
              <Typography variant="body2" color="text.secondary">
                Reason: <PlainText text={item.reason} />
              </Typography>
            )}
          </MessageRow>
        ))
      }
    </LookDialog>
  );
}
