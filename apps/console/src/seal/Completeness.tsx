import {
  Alert,
  Box,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableRow,
  TextField,
  Typography,
} from '@mui/material';
import { type ReconciledStretch, ReconciliationHistory } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNotify, usePermissions } from 'react-admin';
import { ask, tell } from '../http.js';
import { Moment } from '../peers/Moment.js';
import { PlainText } from '../PlainText.js';

const LOOK_EVERY_MS = 15_000;
const SHOWN = 48;

/** Whether everything that was accepted is archived: the history of the comparisons, and gaps with their streams. */
export function Completeness() {
  const { permissions = [] } = usePermissions<readonly string[]>();
  const { data, error, refetch } = useQuery({
    queryKey: ['reconciliations'],
    queryFn: () => ask(ReconciliationHistory, '/archive/reconciliations', { query: { limit: SHOWN } }),
    refetchInterval: LOOK_EVERY_MS,
  });
  const mayAcknowledge = permissions.includes('gaps:acknowledge');
  if (error) return <Alert severity="error">{error.message}</Alert>;
  if (!data) return null;
  return (
    <>
      <Standing history={data} />
      {data.items.length === 0 ? (
        <Typography variant="body2">
          Nothing was compared yet: every five minutes, what streams have accepted is compared with what is archived.
        </Typography>
      ) : (
        <Box sx={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label="Comparisons">
          <Table size="small">
            <TableHead>
              <TableRow>
                <TableCell>Until</TableCell>
                <TableCell>Node</TableCell>
                <TableCell align="right">Accepted</TableCell>
                <TableCell align="right">Archived</TableCell>
                <TableCell>Outcome</TableCell>
              </TableRow>
            </TableHead>
            <TableBody>
              {data.items.map((stretch) => (
                <Stretch
                  key={stretch.number}
                  stretch={stretch}
                  mayAcknowledge={mayAcknowledge}
                  onChange={() => void refetch()}
                />
              ))}
            </TableBody>
          </Table>
        </Box>
      )}
    </>
  );
}

function Standing({ history: { openGaps, agreedAt, problem } }: { history: ReconciliationHistory }) {
  if (openGaps > 0)
    return (
      <Alert severity="error">
        {openGaps === 1 ? 'Once' : `${openGaps} times`} the archive had other messages than were accepted.
      </Alert>
    );
  if (problem !== undefined) return <Alert severity="warning">It could not be compared: {problem}</Alert>;
  if (agreedAt === undefined) return null;
  return (
    <Alert severity="success">
      Everything that was accepted is archived, compared <Moment iso={agreedAt} />.
    </Alert>
  );
}

const OUTCOMES = { agrees: 'agrees', gap: 'gap', uncounted: 'not counted: the server was killed' } as const;

interface StretchProps {
  readonly stretch: ReconciledStretch;
  readonly mayAcknowledge: boolean;
  readonly onChange: () => void;
}

function Stretch({ stretch, mayAcknowledge, onChange }: StretchProps) {
  const { number, to, node, accepted, recorded, outcome, gaps, acknowledgedBy } = stretch;
  const isOpen = outcome === 'gap' && acknowledgedBy === undefined;
  return (
    <TableRow>
      <TableCell>
        <Moment iso={to} />
      </TableCell>
      <TableCell>
        <PlainText text={node} />
      </TableCell>
      <TableCell align="right">{accepted?.toLocaleString() ?? ''}</TableCell>
      <TableCell align="right">{recorded.toLocaleString()}</TableCell>
      <TableCell>
        {OUTCOMES[outcome]}
        {gaps.map((gap) => (
          <Typography key={gap.stream} variant="body2" color="error">
            <PlainText text={`${gap.stream}: ${gap.accepted} accepted, ${gap.recorded} archived`} />
          </Typography>
        ))}
        {acknowledgedBy === undefined ? null : (
          <Typography variant="caption">
            acknowledged by <PlainText text={acknowledgedBy} />
          </Typography>
        )}
        {isOpen && mayAcknowledge ? <Acknowledge number={number} onDone={onChange} /> : null}
      </TableCell>
    </TableRow>
  );
}

function Acknowledge({ number, onDone }: { number: string; onDone: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const notify = useNotify();
  const done = async (): Promise<void> => {
    try {
      await tell(`/archive/reconciliations/${number}/acknowledge`, { method: 'POST', body: { reason } });
      setOpen(false);
      onDone();
    } catch (failure) {
      notify(failure instanceof Error ? failure.message : 'It failed.', { type: 'error' });
    }
  };
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        Acknowledge
      </Button>
      <Dialog open={isOpen} onClose={() => setOpen(false)} aria-labelledby={`gap-${number}`}>
        <DialogTitle id={`gap-${number}`}>Acknowledge the gap</DialogTitle>
        <DialogContent>
          <TextField
            label="Why is it there?"
            helperText="Kept in the audit log."
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            fullWidth
            autoFocus
            margin="dense"
          />
        </DialogContent>
        <DialogActions>
          <Button onClick={() => setOpen(false)}>Cancel</Button>
          <Button variant="contained" disabled={reason.trim().length < 3} onClick={() => void done()}>
            Acknowledge
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
