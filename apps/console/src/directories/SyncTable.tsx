import { Chip, Table, TableBody, TableCell, TableHead, TableRow, Typography } from '@mui/material';
import type { DirectorySync } from '@interoffice/contract';
import { PlainText } from '../PlainText.js';

const COLOUR = { running: 'info', done: 'success', partial: 'warning', failed: 'error', held: 'warning' } as const;
const KIND = { full: 'everybody', changes: 'changes', online: 'who is online' } as const;

/** The latest syncs of each kind. */
export function SyncTable({ syncs }: { syncs: readonly DirectorySync[] }) {
  if (syncs.length === 0) return <Typography variant="body2">Nothing was synced yet.</Typography>;
  return (
    <Table size="small" aria-label="Syncs">
      <TableHead>
        <TableRow>
          {['Sync of', 'Outcome', 'Began', 'Took', 'Counts'].map((title) => (
            <TableCell key={title}>{title}</TableCell>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {syncs.map((sync) => (
          <TableRow key={`${sync.kind} ${sync.startedAt}`}>
            <TableCell>{KIND[sync.kind]}</TableCell>
            <TableCell>
              <Chip size="small" variant="outlined" color={COLOUR[sync.outcome]} label={sync.outcome} />{' '}
              <PlainText text={sync.detail ?? ''} />
            </TableCell>
            <TableCell>
              <time dateTime={sync.startedAt}>{new Date(sync.startedAt).toLocaleString()}</time>
            </TableCell>
            <TableCell>{took(sync)}</TableCell>
            <TableCell>{counts(sync)}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function took({ startedAt, endedAt }: DirectorySync): string {
  return endedAt === undefined ? '–' : `${((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`;
}

function counts({ counts: all }: DirectorySync): string {
  const told = Object.entries(all).filter(([, count]) => count > 0);
  return told.length === 0 ? 'nothing changed' : told.map(([what, count]) => `${what} ${count}`).join(', ');
}
