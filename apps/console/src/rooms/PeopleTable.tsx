import { Box, FormControlLabel, Switch, TextField, Typography } from '@mui/material';
import { Table, TableBody, TableCell, TableContainer, TableHead, TablePagination, TableRow } from '@mui/material';
import type { RoomPerson } from '@interoffice/contract';
import { useState } from 'react';
import { PersonRow } from './PersonRow.js';
import type { Relation } from './room-requests.js';

const ROWS = 25;

interface PeopleTableProps {
  readonly people: readonly RoomPerson[];
  /** Undefined: they are only shown. */
  readonly onChange: ((relation: Relation) => void) | undefined;
  readonly onRemove: (person: RoomPerson) => void;
}

/** Who belongs to a room, as what, and who is there now. */
export function PeopleTable({ people, onChange, onRemove }: PeopleTableProps) {
  const [text, setText] = useState('');
  const [onlyThere, setOnlyThere] = useState(false);
  const [page, setPage] = useState(0);
  const found = people.filter((person) => mentions(person, text) && (!onlyThere || person.role !== 'none'));
  const shown = Math.min(page, Math.max(0, Math.ceil(found.length / ROWS) - 1));
  if (people.length === 0) {
    return <Typography sx={{ color: 'text.secondary' }}>Nobody belongs to this room, and nobody is there.</Typography>;
  }
  return (
    <>
      {people.length > ROWS ? (
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center' }}>
          <TextField label="Find" size="small" value={text} onChange={({ target }) => setText(target.value)} />
          <FormControlLabel
            control={<Switch checked={onlyThere} onChange={(_, checked) => setOnlyThere(checked)} />}
            label="Only who is there now"
          />
        </Box>
      ) : null}
      <TableContainer tabIndex={0} role="region" aria-label="People of the room">
        <Table size="small">
          <TableHead>
            <TableRow>
              <TableCell>Person</TableCell>
              <TableCell>Belongs to it as</TableCell>
              <TableCell>There now</TableCell>
              {onChange ? <TableCell /> : null}
            </TableRow>
          </TableHead>
          <TableBody>
            {found.slice(shown * ROWS, (shown + 1) * ROWS).map((person) => (
              <PersonRow key={person.jid} person={person} onChange={onChange} onRemove={onRemove} />
            ))}
          </TableBody>
        </Table>
      </TableContainer>
      {found.length > ROWS ? (
        <TablePagination
          component="div"
          count={found.length}
          page={shown}
          rowsPerPage={ROWS}
          rowsPerPageOptions={[ROWS]}
          onPageChange={(_, next) => setPage(next)}
        />
      ) : null}
    </>
  );
}

function mentions({ jid, name = '', nick = '' }: RoomPerson, text: string): boolean {
  return [jid, name, nick].some((word) => word.toLowerCase().includes(text.trim().toLowerCase()));
}
