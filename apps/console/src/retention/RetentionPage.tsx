import {
  Alert,
  Box,
  Button,
  Card,
  CardContent,
  LinearProgress,
  Stack,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableRow,
  Typography,
} from '@mui/material';
import { RetentionChange, RetentionChangeList, type RetentionRule, RetentionRuleList } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Title, usePermissions } from 'react-admin';
import { ask } from '../http.js';
import { PlainText } from '../PlainText.js';
import { ChangeTable } from './ChangeTable.js';
import { DisposalTable } from './DisposalTable.js';
import { PreviewPart } from './PreviewPart.js';
import { ReasonDialog } from './ReasonDialog.js';
import { coverageOf, periodOf } from './retention-words.js';
import { RuleDialog } from './RuleDialog.js';

/** How long messages are kept, who has said so, and what has gone. */
export function RetentionPage() {
  const { permissions = [] } = usePermissions<readonly string[]>();
  const rules = useQuery({
    queryKey: ['retention', 'rules'],
    queryFn: () => ask(RetentionRuleList, '/retention/rules'),
  });
  const changes = useQuery({
    queryKey: ['retention', 'changes'],
    queryFn: () => ask(RetentionChangeList, '/retention/changes'),
  });
  const error = rules.error ?? changes.error;
  return (
    <Stack spacing={2} sx={{ mt: 2 }}>
      <Title title="Retention" />
      {error ? <Alert severity="error">{error.message}</Alert> : null}
      {rules.isPending || changes.isPending ? <LinearProgress aria-label="Loading" /> : null}
      <Part title="Rules">
        {rules.data ? <Rules rules={rules.data.items} mayWrite={permissions.includes('retention:write')} /> : null}
      </Part>
      <Part title="Changes">
        {changes.data ? (
          <ChangeTable changes={changes.data.items} mayDecide={permissions.includes('retention:approve')} />
        ) : null}
      </Part>
      <Part title="Next disposal">
        <NextDisposal />
      </Part>
      <Part title="Disposals">
        <DisposalTable />
      </Part>
    </Stack>
  );
}

function Rules({ rules, mayWrite }: { rules: readonly RetentionRule[]; mayWrite: boolean }) {
  const [opened, setOpened] = useState<'new' | RetentionRule>();
  const [ended, setEnded] = useState<RetentionRule>();
  return (
    <Stack spacing={1}>
      <Typography variant="body2">
        {rules.length === 0
          ? 'There is no rule: everything is kept for ever.'
          : 'Of all rules that cover a message the longest counts; what no rule covers is kept for ever. Holds are above all of them.'}
      </Typography>
      {rules.length === 0 ? null : (
        <RuleTable rules={rules} onChange={mayWrite ? setOpened : undefined} onEnd={setEnded} />
      )}
      {mayWrite ? (
        <Button variant="contained" onClick={() => setOpened('new')} sx={{ alignSelf: 'start' }}>
          New rule
        </Button>
      ) : null}
      {opened === undefined ? null : (
        <RuleDialog rule={opened === 'new' ? undefined : opened} onClose={() => setOpened(undefined)} />
      )}
      {ended ? <EndDialog rule={ended} onClose={() => setEnded(undefined)} /> : null}
    </Stack>
  );
}

interface RuleTableProps {
  readonly rules: readonly RetentionRule[];
  readonly onChange: ((rule: RetentionRule) => void) | undefined;
  readonly onEnd: (rule: RetentionRule) => void;
}

function RuleTable({ rules, onChange, onEnd }: RuleTableProps) {
  return (
    <Box sx={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label="Rules in force">
      <Table size="small">
        <TableHead>
          <TableRow>
            <TableCell>Covers</TableCell>
            <TableCell>Office</TableCell>
            <TableCell>Keeps</TableCell>
            <TableCell>By</TableCell>
            {onChange ? <TableCell /> : null}
          </TableRow>
        </TableHead>
        <TableBody>
          {rules.map((rule) => (
            <TableRow key={rule.id}>
              <TableCell>
                <PlainText text={coverageOf(rule)} />
              </TableCell>
              <TableCell>{rule.office === '*' ? 'all' : <PlainText text={rule.office} />}</TableCell>
              <TableCell>{periodOf(rule.days)}</TableCell>
              <TableCell>
                <PlainText text={[rule.madeBy, rule.approvedBy].filter((one) => one !== undefined).join(', ')} />
              </TableCell>
              {onChange ? (
                <TableCell align="right">
                  <Button size="small" onClick={() => onChange(rule)} aria-label={`Change ${coverageOf(rule)}`}>
                    Change
                  </Button>
                  <Button size="small" onClick={() => onEnd(rule)} aria-label={`End ${coverageOf(rule)}`}>
                    End
                  </Button>
                </TableCell>
              ) : null}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Box>
  );
}

function EndDialog({ rule, onClose }: { rule: RetentionRule; onClose: () => void }) {
  const change = { action: 'end', rule: rule.id };
  return (
    <ReasonDialog
      title="End the rule"
      text="What no other rule covers is kept for ever then. Where another one keeps less, it goes earlier: so a second person has to approve."
      button="Propose"
      renews="retention"
      act={(reason) => ask(RetentionChange, '/retention/changes', { method: 'POST', body: { change, reason } })}
      onClose={onClose}
    />
  );
}

/** Counted when somebody wants to know: it reads every message a rule has ended for. */
function NextDisposal() {
  const [isAsked, setIsAsked] = useState(false);
  if (isAsked) return <PreviewPart />;
  return (
    <Button variant="outlined" onClick={() => setIsAsked(true)}>
      What would it take away?
    </Button>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card component="section" aria-label={title}>
      <CardContent>
        <Typography variant="h6" component="h2" gutterBottom>
          {title}
        </Typography>
        {children}
      </CardContent>
    </Card>
  );
}
