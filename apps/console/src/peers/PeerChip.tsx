import BlockIcon from '@mui/icons-material/Block';
import CheckCircleIcon from '@mui/icons-material/CheckCircle';
import ErrorOutlinedIcon from '@mui/icons-material/ErrorOutlined';
import PauseCircleOutlinedIcon from '@mui/icons-material/PauseCircleOutlined';
import SyncIcon from '@mui/icons-material/Sync';
import { Chip } from '@mui/material';
import type { Peer, PeerLine } from '@interoffice/contract';

const LOOKS = {
  up: { label: 'connected', color: 'success', icon: <CheckCircleIcon /> },
  broken: { label: 'not connected', color: 'error', icon: <ErrorOutlinedIcon /> },
  calling: { label: 'being called', color: 'info', icon: <SyncIcon /> },
  idle: { label: 'nothing sent yet', color: 'default', icon: <PauseCircleOutlinedIcon /> },
  denied: { label: 'denied', color: 'warning', icon: <BlockIcon /> },
} as const;

/** How it stands with a peer, or with one line; the word says it, colour and icon only help. */
export function PeerChip({ of: { state, lastEnd } }: { of: Pick<Peer | PeerLine, 'state' | 'lastEnd'> }) {
  const look = LOOKS[state === 'calling' && lastEnd ? 'broken' : state];
  return <Chip size="small" variant="outlined" {...look} />;
}
