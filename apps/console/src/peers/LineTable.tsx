import { Table, TableBody, TableCell, TableContainer, TableHead, TableRow } from '@mui/material';
import type { PeerLine } from '@interoffice/contract';
import { PlainText } from '../PlainText.js';
import { Moment } from './Moment.js';
import { PeerChip } from './PeerChip.js';

const COLUMNS = [
  'Ours',
  'State',
  'Since',
  'Gateway',
  'Address',
  'Direction',
  'Acknowledges',
  'Under way',
  'Next try',
  'Last end',
];

/** A line from each of our domains that has written to the peer. */
export function LineTable({ lines }: { lines: readonly PeerLine[] }) {
  return (
    <TableContainer tabIndex={0} role="region" aria-label="Lines of our domains">
      <Table size="small">
        <TableHead>
          <TableRow>
            {COLUMNS.map((column) => (
              <TableCell key={column}>{column}</TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {lines.map((line) => (
            <OneLine key={line.domain} line={line} />
          ))}
        </TableBody>
      </Table>
    </TableContainer>
  );
}

function OneLine({ line }: { line: PeerLine }) {
  const {
    domain,
    state,
    since,
    gateway = '–',
    address = '–',
    direction,
    openedBy,
    acknowledges,
    underWay,
    nextTryAt,
    lastEnd,
  } = line;
  return (
    <TableRow>
      <TableCell sx={{ minWidth: 140 }}>
        <PlainText text={domain} />
      </TableCell>
      <TableCell>
        <PeerChip of={line} />
      </TableCell>
      <TableCell>
        <Moment iso={since} />
      </TableCell>
      <TableCell sx={{ overflowWrap: 'anywhere' }}>
        <PlainText text={gateway} />
      </TableCell>
      <TableCell>{address}</TableCell>
      {/* Known from the first stream on. */}
      <TableCell>
        {state !== 'up' ? '–' : openedBy === 'peer' ? `${direction}, opened by the peer` : direction}
      </TableCell>
      <TableCell>{state !== 'up' ? '–' : acknowledges ? 'yes (XEP-0198)' : 'no'}</TableCell>
      <TableCell>{underWay}</TableCell>
      <TableCell>
        <Moment iso={nextTryAt} />
      </TableCell>
      <TableCell sx={{ minWidth: 160, overflowWrap: 'anywhere' }}>
        <PlainText text={lastEnd ? `${lastEnd.text} [${lastEnd.code}]` : '–'} />
      </TableCell>
    </TableRow>
  );
}
