import { Chip, Table, TableBody, TableCell, TableHead, TableRow, Typography } from '@mui/material';
import type { Certificate, CertificateState } from '@interoffice/contract';
import { Moment } from '../peers/Moment.js';
import { PlainText } from '../PlainText.js';

const LOOKS = {
  good: { label: 'good', color: 'success' },
  'ends-soon': { label: 'ends soon', color: 'warning' },
  ended: { label: 'ended', color: 'error' },
  'not-yet-valid': { label: 'not valid yet', color: 'error' },
  incomplete: { label: 'names missing', color: 'error' },
  provisional: { label: 'provisional', color: 'warning' },
  unreadable: { label: 'not readable', color: 'error' },
} as const satisfies Record<CertificateState, object>;
const WHOSE = { own: 'ours', gateway: 'our gateway', peer: 'peer' } as const;
const COLUMNS = ['For', 'State', 'Ends', 'Names', 'Issued by'];

/** Certificates, one a row; the word says how it stands, colour only helps. */
export function CertificateTable({ label, items }: { label: string; items: readonly Certificate[] }) {
  return (
    <Table size="small" aria-label={label}>
      <TableHead>
        <TableRow>
          {COLUMNS.map((column) => (
            <TableCell key={column}>{column}</TableCell>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {items.map((item) => (
          <TableRow key={`${item.whose} ${item.domain} ${item.fingerprint}`}>
            <TableCell sx={{ overflowWrap: 'anywhere', minWidth: 160 }}>
              <PlainText text={item.domain} />{' '}
              <Typography component="div" variant="caption" sx={{ color: 'text.secondary' }}>
                {WHOSE[item.whose]}
              </Typography>
            </TableCell>
            <TableCell>
              <Chip size="small" variant="outlined" {...LOOKS[item.state]} />
              <div>{item.text === '' ? null : <PlainText text={item.text} />}</div>
            </TableCell>
            <TableCell sx={{ minWidth: 110 }}>
              <Moment iso={item.notAfter} />
            </TableCell>
            <TableCell sx={{ overflowWrap: 'anywhere' }}>
              <PlainText text={item.names.join(', ')} />
            </TableCell>
            <TableCell sx={{ overflowWrap: 'anywhere', minWidth: 130 }}>
              <PlainText text={item.issuer} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
