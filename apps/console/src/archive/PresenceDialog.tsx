import { Alert, Table, TableBody, TableCell, TableHead, TableRow } from '@mui/material';
import { PresentPeople } from '@interoffice/contract';
import { PlainText } from '../PlainText.js';
import type { AboutMessage } from './ConversationDialog.js';
import { LookDialog } from './LookDialog.js';

const COLUMNS = ['Person', 'Nickname', 'Device', 'Since'];

/** Who was in the room when a message was said. */
export function PresenceDialog({ message, search, onClose }: AboutMessage) {
  const { at, room = '' } = message;
  return (
    <LookDialog
      title={`Who was there on ${new Date(at).toLocaleString()}`}
      schema={PresentPeople}
      path={`/archive/rooms/${encodeURIComponent(room)}/present`}
      query={{ at, reason: search.reason }}
      onClose={onClose}
    >
      {({ items }) =>
        items.length === 0 ? <Alert severity="info">Nobody was there.</Alert> : <People items={items} />
      }
    </LookDialog>
  );
}

function People({ items }: Pick<PresentPeople, 'items'>) {
  return (
    <Table size="small">
      <TableHead>
        <TableRow>
          {COLUMNS.map((column) => (
            <TableCell key={column}>{column}</TableCell>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {items.map(({ id, from, nick = '', device = '', since }) => (
          <TableRow key={id}>
            {[from, nick, device].map((text, column) => (
              <TableCell key={COLUMNS[column]}>
                <PlainText text={text} />
              </TableCell>
            ))}
            <TableCell component="td">
              <time dateTime={since}>{new Date(since).toLocaleString()}</time>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
