import CancelIcon from '@mui/icons-material/Cancel';
import CheckCircleIcon from '@mui/icons-material/CheckCircle';
import RadioButtonUncheckedIcon from '@mui/icons-material/RadioButtonUnchecked';
import { Box, Typography } from '@mui/material';
import type { PeerDetail } from '@interoffice/contract';
import { type Step, STEP_NAMES, STEPS, type StepState, stepsOf } from './steps.js';

const ICONS = {
  done: <CheckCircleIcon color="success" titleAccess="passed" />,
  failed: <CancelIcon color="error" titleAccess="stopped here" />,
  open: <RadioButtonUncheckedIcon color="disabled" titleAccess="not reached" />,
} as const satisfies Record<StepState, object>;

/** The stations on the way to a peer in a row: those that the latest try has passed, and the one where it stopped. */
export function StepRow({ peer }: { peer: PeerDetail }) {
  const states = stepsOf(peer);
  return (
    <Box
      component="ol"
      aria-label="Stages of the latest attempt"
      sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, m: 0, p: 0, listStyle: 'none' }}
    >
      {STEPS.map((step, at) => (
        <OneStep key={step} step={step} state={states[at] ?? 'open'} />
      ))}
    </Box>
  );
}

function OneStep({ step, state }: { step: Step; state: StepState }) {
  const hasFailed = state === 'failed';
  return (
    <Box
      component="li"
      aria-current={hasFailed ? 'step' : undefined}
      sx={{
        display: 'flex',
        flexDirection: 'column',
        alignItems: 'center',
        flex: '1 0 96px',
        p: 1,
        border: 1,
        borderRadius: 1,
        borderColor: hasFailed ? 'error.main' : 'divider',
      }}
    >
      {ICONS[state]}
      <Typography variant="body2" sx={{ fontWeight: hasFailed ? 700 : 400, textAlign: 'center' }}>
        {STEP_NAMES[step]}
      </Typography>
    </Box>
  );
}
