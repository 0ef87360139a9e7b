import { Alert, AlertTitle, Box, Chip, Divider, Stack, Typography } from '@mui/material';
import type { PeerDetail } from '@interoffice/contract';
import type { ReactNode } from 'react';
import { Show, TopToolbar, useRecordContext } from 'react-admin';
import { PlainText } from '../PlainText.js';
import { AttemptTable } from './AttemptTable.js';
import { ContactsPart } from './ContactsPart.js';
import { ExplainForm } from './ExplainForm.js';
import { LineTable } from './LineTable.js';
import { PeerChip } from './PeerChip.js';
import { PeerPlace } from './PeerPlace.js';
import { storyOf } from './peer-story.js';
import { RetryButton } from './RetryButton.js';
import { StepRow } from './StepRow.js';
import { TestButton } from './TestButton.js';
import { TrafficChart } from './TrafficChart.js';
import { TurnedAwayTable } from './TurnedAwayServers.js';

/** The whole peer, not the row of the list, and anew while somebody looks: a try takes seconds. */
const LIVE = { meta: { whole: true }, refetchInterval: 3000 };

/** One other server: how it stands, at which stage and on whose side it fails, and what to do. */
export function PeerShow() {
  return (
    <Show
      title="Peer"
      queryOptions={LIVE}
      actions={
        <TopToolbar>
          <TestButton />
          <RetryButton />
        </TopToolbar>
      }
    >
      <OnePeer />
    </Show>
  );
}

/** Wide tables scroll in themselves, not the page with them. */
const ROOT = { p: 2, display: 'grid', gap: 3, gridTemplateColumns: 'minmax(0, 1fr)' };

function OnePeer() {
  const peer = useRecordContext<PeerDetail & { id: string }>();
  // A row of the list knows no attempts.
  if (!peer?.attempts) return null;
  return (
    <Box sx={ROOT}>
      <Head peer={peer} />
      <StepRow peer={peer} />
      {peer.lines.length === 0 ? null : (
        <Part id="lines" title="Lines">
          <LineTable lines={peer.lines} />
        </Part>
      )}
      <Part id="traffic" title="Traffic">
        <TrafficChart peer={peer.domain} />
      </Part>
      <Part id="attempts" title="Latest attempts">
        <AttemptTable attempts={peer.attempts} />
      </Part>
      {peer.turnedAway.length === 0 ? null : (
        <Part id="turned-away" title="Came and was turned away">
          <TurnedAwayTable servers={peer.turnedAway} />
        </Part>
      )}
      <Part id="contacts" title="Whom to write to about it">
        <ContactsPart peer={peer.domain} />
      </Part>
      <Divider />
      <Part id="explain" title="May somebody talk to it?">
        <ExplainForm peer={peer.domain} />
      </Part>
    </Box>
  );
}

function Head({ peer }: { peer: PeerDetail }) {
  const { severity, title, text } = storyOf(peer, (iso) => new Date(iso).toLocaleString());
  return (
    <Stack spacing={2}>
      <Box>
        <Typography variant="h5" component="h2" gutterBottom>
          <PlainText text={peer.domain} />
        </Typography>
        <PeerChip of={peer} />
        {peer.office ? <Chip size="small" variant="outlined" label="office of ours" sx={{ ml: 1 }} /> : null}
      </Box>
      <Alert severity={severity} role="status">
        <AlertTitle>{title}</AlertTitle>
        <PlainText text={text} />
      </Alert>
      <PeerPlace peer={peer} />
    </Stack>
  );
}

function Part({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <Stack spacing={1} component="section" aria-labelledby={`${id}-title`}>
      <Typography id={`${id}-title`} variant="h6" component="h3">
        {title}
      </Typography>
      {children}
    </Stack>
  );
}
