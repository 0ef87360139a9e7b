import { Alert, Card, CardContent, Table, TableBody, TableCell, TableHead, TableRow, Typography } from '@mui/material';
import type { Departure } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import { PlainText } from '../PlainText.js';
import { departures } from './directory-requests.js';

const LOOK_EVERY_MS = 5000;
const COLUMNS = ['Person', 'Why', 'Seen', 'All closed after', 'Streams', 'Rooms handed over'];

/** Who was shut out, and the seconds it took: the evidence is in the audit log. */
export function Departures() {
  const query = { queryKey: ['departures'], queryFn: departures, refetchInterval: LOOK_EVERY_MS };
  const { data, error } = useQuery(query);
  return (
    <Card variant="outlined" component="section" aria-labelledby="departures-title">
      <CardContent>
        <Typography id="departures-title" variant="h6" component="h2">
          Shut out
        </Typography>
        {error ? <Alert severity="error">{error.message}</Alert> : null}
        {data?.items.length === 0 ? <Typography variant="body2">Nobody was shut out yet.</Typography> : null}
        {data && data.items.length > 0 ? <People people={data.items} /> : null}
      </CardContent>
    </Card>
  );
}

function People({ people }: { people: readonly Departure[] }) {
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
        {people.map((person) => (
          <TableRow key={`${person.account} ${person.closedAt}`}>
            <TableCell>
              <PlainText text={person.account} />
            </TableCell>
            <TableCell>{`${person.why}, by ${person.by}`}</TableCell>
            <TableCell>
              <time dateTime={person.detectedAt}>{new Date(person.detectedAt).toLocaleString()}</time>
            </TableCell>
            <TableCell>{person.seconds.toFixed(1)} s</TableCell>
            <TableCell>{person.streams}</TableCell>
            <TableCell>
              <PlainText text={person.rooms.map(({ room, heir }) => `${room} → ${heir ?? 'nobody'}`).join(', ')} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
