import { Chip, Table, TableBody, TableCell, TableHead, TableRow } from '@mui/material';
import type { DirectoryServer } from '@interoffice/contract';
import { PlainText } from '../PlainText.js';

/** The servers of one directory, in the order they are asked. */
export function ServerTable({ servers }: { servers: readonly DirectoryServer[] }) {
  return (
    <Table size="small" aria-label="Servers">
      <TableHead>
        <TableRow>
          {['Server', 'State', 'Answers in', 'Last error'].map((title) => (
            <TableCell key={title}>{title}</TableCell>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {servers.map((server) => (
          <TableRow key={server.url}>
            <TableCell sx={{ overflowWrap: 'anywhere' }}>{server.url}</TableCell>
            <TableCell>
              <State {...server} />
            </TableCell>
            <TableCell>{server.latencyMs === undefined ? '–' : `${Math.round(server.latencyMs)} ms`}</TableCell>
            <TableCell sx={{ overflowWrap: 'anywhere' }}>
              <PlainText text={server.lastError ?? '–'} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function State({ working, since, pausedUntil }: DirectoryServer) {
  const from = since === undefined ? '' : ` since ${new Date(since).toLocaleString()}`;
  const until = pausedUntil === undefined ? '' : `; asked again at ${new Date(pausedUntil).toLocaleTimeString()}`;
  const word = working ? 'answers' : 'does not answer';
  return (
    <>
      <Chip size="small" variant={working ? 'outlined' : 'filled'} color={working ? 'success' : 'error'} label={word} />
      {from}
      {working ? '' : until}
    </>
  );
}
