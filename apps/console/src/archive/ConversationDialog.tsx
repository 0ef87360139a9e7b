import { type ArchivedMessage, Conversation } from '@interoffice/contract';
import { LookDialog } from './LookDialog.js';
import { MessageRow } from './MessageRow.js';
import type { Search } from './search.js';

/** What a dialog about a message that was found is given. */
export interface AboutMessage {
  readonly message: ArchivedMessage;
  readonly search: Search;
  readonly onClose: () => void;
}

/** What was said before and after a message. */
export function ConversationDialog({ message, search, onClose }: AboutMessage) {
  const path = `/archive/messages/${message.id}/around`;
  const query = { reason: search.reason, count: 20 };
  return (
    <LookDialog title="Conversation" schema={Conversation} path={path} query={query} onClose={onClose}>
      {({ items }) =>
        items.map((item) => (
          <MessageRow
            key={item.id}
            message={item}
            places={item.id === message.id ? message.matches : undefined}
            isHit={item.id === message.id}
          />
        ))
      }
    </LookDialog>
  );
}
