import { Box, Button, Stack, Table, TableBody, TableCell, TableHead, TableRow, Typography } from '@mui/material';
import { RetentionChange, type RetentionDecision } from '@interoffice/contract';
import { useState } from 'react';
import { useGetIdentity } from 'react-admin';
import { ask } from '../http.js';
import { Moment } from '../peers/Moment.js';
import { PlainText } from '../PlainText.js';
import { ReasonDialog } from './ReasonDialog.js';
import { coverageOf, periodOf } from './retention-words.js';

const ACTIONS: Readonly<Record<RetentionChange['action'], string>> = { add: 'New', set: 'Change', end: 'End' };
const WORDS = {
  approve: { button: 'Approve', title: 'Approve the change', text: 'It takes effect at once.' },
  refuse: { button: 'Refuse', title: 'Refuse the change', text: 'Rules stay as they are.' },
  withdraw: { button: 'Withdraw', title: 'Withdraw the change', text: 'Rules stay as they are.' },
} as const;
type Decision = RetentionDecision['decision'];

/** Changes of rules, those that wait for a second person first. */
export function ChangeTable({ changes, mayDecide }: { changes: readonly RetentionChange[]; mayDecide: boolean }) {
  const [asked, setAsked] = useState<{ readonly id: string; readonly decision: Decision }>();
  const { identity } = useGetIdentity();
  if (changes.length === 0) return <Typography variant="body2">No rule was changed yet.</Typography>;
  return (
    <Box sx={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label="Changes">
      <Table size="small">
        <TableHead>
          <TableRow>
            <TableCell>Change</TableCell>
            <TableCell>Keeps</TableCell>
            <TableCell>Proposed</TableCell>
            <TableCell>State</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {changes.map((change) => (
            <TableRow key={change.id}>
              <TableCell>
                {ACTIONS[change.action]}: <PlainText text={coverageOf(change)} />
                <Typography variant="caption" component="div">
                  <PlainText text={change.reason} />
                </Typography>
              </TableCell>
              <TableCell>{periodOf(change.days)}</TableCell>
              <TableCell>
                <Moment iso={change.proposedAt} />
                <Typography variant="caption" component="div">
                  <PlainText text={change.proposedBy} />
                </Typography>
              </TableCell>
              <TableCell>
                {change.state === 'open' ? (
                  <Waiting
                    change={change}
                    own={identity?.id === change.proposedBy}
                    onDecide={mayDecide ? (decision) => setAsked({ id: change.id, decision }) : undefined}
                  />
                ) : (
                  <PlainText
                    text={`${change.state}${change.decidedBy === undefined ? '' : ` by ${change.decidedBy}`}`}
                  />
                )}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      {asked ? <DecisionDialog {...asked} onClose={() => setAsked(undefined)} /> : null}
    </Box>
  );
}

interface WaitingProps {
  readonly change: RetentionChange;
  readonly own: boolean;
  readonly onDecide: ((decision: Decision) => void) | undefined;
}

function Waiting({ change, own, onDecide }: WaitingProps) {
  const decisions: readonly Decision[] = own ? ['withdraw'] : ['approve', 'refuse'];
  return (
    <>
      Waits for a second person until <Moment iso={change.expiresAt} />
      {onDecide ? (
        <Stack direction="row" spacing={1}>
          {decisions.map((decision) => (
            <Button key={decision} size="small" onClick={() => onDecide(decision)}>
              {WORDS[decision].button}
            </Button>
          ))}
        </Stack>
      ) : null}
    </>
  );
}

function DecisionDialog({ id, decision, onClose }: { id: string; decision: Decision; onClose: () => void }) {
  const act = (reason: string): Promise<unknown> =>
    ask(RetentionChange, `/retention/changes/${id}/decision`, { method: 'POST', body: { decision, reason } });
  return <ReasonDialog {...WORDS[decision]} renews="retention" act={act} onClose={onClose} />;
}
