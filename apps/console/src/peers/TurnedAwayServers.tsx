import { Alert, Card, CardContent, Table, TableBody, TableCell, TableHead, TableRow, Typography } from '@mui/material';
import type { TurnedAway } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import { PlainText } from '../PlainText.js';
import { Moment } from './Moment.js';
import { MOST_TURNED_AWAY, turnedAway } from './peer-requests.js';

const LOOK_EVERY_MS = 15_000;
const COLUMNS = ['When', 'Said to be', 'From', 'Wanted to', 'Why'];

/** Servers that came to us and were not let in. */
export function TurnedAwayServers() {
  const query = { queryKey: ['turned-away'], queryFn: turnedAway, refetchInterval: LOOK_EVERY_MS };
  const { data, error } = useQuery(query);
  return (
    <Card variant="outlined" component="section" aria-labelledby="turned-away-title">
      <CardContent>
        <Typography id="turned-away-title" variant="h6" component="h2">
          Turned away
        </Typography>
        {error ? <Alert severity="error">{error.message}</Alert> : null}
        {data?.total === 0 ? (
          <Typography variant="body2">No server was turned away since this one has started.</Typography>
        ) : null}
        {data && data.total > 0 ? <TurnedAwayTable servers={data.items} /> : null}
        {data && data.total > MOST_TURNED_AWAY ? (
          <Typography variant="caption">
            The latest {MOST_TURNED_AWAY} of {data.total}.
          </Typography>
        ) : null}
      </CardContent>
    </Card>
  );
}

/** The latest first; what it said of itself is shown as it came. */
export function TurnedAwayTable({ servers }: { servers: readonly TurnedAway[] }) {
  return (
    <Table size="small" aria-label="Servers that were turned away">
      <TableHead>
        <TableRow>
          {COLUMNS.map((column) => (
            <TableCell key={column}>{column}</TableCell>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {servers.map((server, at) => (
          <TableRow key={`${server.at} ${server.peer} ${at}`}>
            <TableCell>
              <Moment iso={server.at} />
            </TableCell>
            {[server.peer, server.address ?? '–', server.domain ?? '–', `${server.text} [${server.code}]`].map(
              (text, cell) => (
                <TableCell key={COLUMNS[cell + 1]} sx={{ overflowWrap: 'anywhere' }}>
                  <PlainText text={text} />
                </TableCell>
              ),
            )}
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
