import { Alert, AlertTitle, Table, TableBody, TableCell, TableHead, TableRow, Typography } from '@mui/material';
import type { PolicyExplanation } from '@interoffice/contract';
import { PlainText } from '../PlainText.js';

const COLUMNS = ['Rule', 'Says', 'Here', 'Why', 'Owner'];

/** What policy decides about one case, and what each rule about the peer had to say. */
export function Explanation({ of: { allowed, because, considered } }: { of: PolicyExplanation }) {
  return (
    <>
      <Alert severity={allowed ? 'success' : 'warning'} sx={{ mb: 1 }}>
        <AlertTitle>{allowed ? 'Allowed' : 'Not allowed'}</AlertTitle>
        <PlainText text={because} />
      </Alert>
      {considered.length === 0 ? (
        <Typography variant="body2">No rule names this peer.</Typography>
      ) : (
        <Table size="small" aria-label="Rules that name the peer">
          <TableHead>
            <TableRow>
              {COLUMNS.map((column) => (
                <TableCell key={column}>{column}</TableCell>
              ))}
            </TableRow>
          </TableHead>
          <TableBody>
            {considered.map(({ id, effect, outcome, reason, owner }) => (
              <TableRow key={id}>
                {[id, effect, outcome, reason, owner].map((text, at) => (
                  <TableCell key={COLUMNS[at]} sx={{ fontWeight: outcome === 'applies' ? 600 : 400 }}>
                    <PlainText text={text} />
                  </TableCell>
                ))}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
    </>
  );
}
