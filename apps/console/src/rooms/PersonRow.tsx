import PersonRemoveIcon from '@mui/icons-material/PersonRemove';
import { Box, Chip, IconButton, MenuItem, Select, TableCell, TableRow, Typography } from '@mui/material';
import { Affiliation, type RoomPerson } from '@interoffice/contract';
import { PlainText } from '../PlainText.js';
import { visibleText } from '../visible-text.js';
import type { Relation } from './room-requests.js';

const WORDS = {
  owner: 'owner',
  admin: 'administrator',
  member: 'member',
  none: 'not a member',
  outcast: 'may not enter',
} as const satisfies Record<Affiliation, string>;

interface PersonRowProps {
  readonly person: RoomPerson;
  /** Undefined: it is only shown. */
  readonly onChange: ((relation: Relation) => void) | undefined;
  readonly onRemove: (person: RoomPerson) => void;
}

/** One person of a room. */
export function PersonRow({ person, onChange, onRemove }: PersonRowProps) {
  const { jid, name, affiliation, reason } = person;
  const called = visibleText(name ?? jid);
  return (
    <TableRow>
      <TableCell>
        <PlainText text={name ?? jid} />
        {name === undefined ? null : <Aside text={jid} />}
      </TableCell>
      <TableCell>
        {onChange ? (
          <Select
            size="small"
            variant="standard"
            value={affiliation}
            onChange={({ target }) => onChange({ person: jid, affiliation: Affiliation.parse(target.value) })}
            slotProps={{ input: { 'aria-label': `What ${called} is in this room` } }}
          >
            {Affiliation.options.map((option) => (
              <MenuItem key={option} value={option}>
                {WORDS[option]}
              </MenuItem>
            ))}
          </Select>
        ) : (
          WORDS[affiliation]
        )}
        {reason === undefined ? null : <Aside text={reason} />}
      </TableCell>
      <TableCell>
        <Presence person={person} />
      </TableCell>
      {onChange ? (
        <TableCell align="right">
          {affiliation === 'none' ? null : (
            <IconButton aria-label={`Remove ${called}`} onClick={() => onRemove(person)} size="small">
              <PersonRemoveIcon fontSize="small" />
            </IconButton>
          )}
        </TableCell>
      ) : null}
    </TableRow>
  );
}

function Presence({ person: { role, nick } }: { person: RoomPerson }) {
  if (role === 'none') {
    return nick === undefined ? null : <Aside text={`reserved: ${nick}`} />;
  }
  return (
    <Box sx={{ display: 'flex', gap: 1, alignItems: 'center' }}>
      <Chip size="small" color="success" variant="outlined" label={role} />
      <PlainText text={nick ?? ''} />
    </Box>
  );
}

function Aside({ text }: { text: string }) {
  return (
    <Typography variant="body2" sx={{ color: 'text.secondary' }}>
      <PlainText text={text} />
    </Typography>
  );
}
