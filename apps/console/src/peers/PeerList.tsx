import { Box, Link, Stack, Typography } from '@mui/material';
import { type Peer, PeerState } from '@interoffice/contract';
import { DataTable, FunctionField, List, SearchInput, SelectInput } from 'react-admin';
import { Link as RouterLink } from 'react-router';
import { PlainText } from '../PlainText.js';
import { Gateways } from './Gateways.js';
import { Moment } from './Moment.js';
import { PeerChip } from './PeerChip.js';
import { whyNot } from './peer-story.js';
import { TurnedAwayServers } from './TurnedAwayServers.js';

const LOOK_EVERY_MS = 5000;

const WORDS = {
  up: 'connected',
  calling: 'not connected',
  idle: 'nothing sent yet',
  denied: 'denied',
} as const satisfies Record<PeerState, string>;
const STATES = PeerState.options.map((id) => ({ id, name: WORDS[id] }));

const filters = [
  <SearchInput key="text" source="text" alwaysOn placeholder="Domain, or why it is down" />,
  <SelectInput key="state" source="state" alwaysOn choices={STATES} />,
];

/** Other servers: which are connected, since when, and if not, why. Below them our gateways, and who came and was not let in. */
export function PeerList() {
  return (
    <Stack spacing={2}>
      <List
        filters={filters}
        sort={{ field: 'domain', order: 'ASC' }}
        perPage={25}
        exporter={false}
        actions={false}
        empty={<NoPeers />}
        title="Peers"
        queryOptions={{ refetchInterval: LOOK_EVERY_MS }}
      >
        <DataTable rowClick="show" bulkActionButtons={false}>
          <DataTable.Col source="domain" label="Peer" sx={{ minWidth: 180 }}>
            <FunctionField<Peer> render={(peer) => <PeerName peer={peer} />} />
          </DataTable.Col>
          <DataTable.Col source="state">
            <FunctionField<Peer> render={(peer) => <PeerChip of={peer} />} />
          </DataTable.Col>
          <DataTable.Col source="since">
            <FunctionField<Peer> render={({ since }) => <Moment iso={since} />} />
          </DataTable.Col>
          <DataTable.NumberCol source="underWay" label="Under way" />
          <DataTable.Col label="Why not" disableSort sx={{ overflowWrap: 'anywhere' }}>
            <FunctionField<Peer> render={(peer) => <PlainText text={whyNot(peer)} />} />
          </DataTable.Col>
        </DataTable>
      </List>
      <Gateways />
      <TurnedAwayServers />
    </Stack>
  );
}

function NoPeers() {
  return (
    <Box sx={{ textAlign: 'center', mt: 8, mb: 4 }}>
      <Typography variant="h5" component="h2" gutterBottom>
        No other server is known yet
      </Typography>
      <Typography sx={{ color: 'text.secondary' }}>
        A server stands here as soon as a rule names its domain, or somebody writes to it. Which ones may be talked to
        is said under <code>federation.rules</code> in interoffice.yaml; without a rule nothing passes.
      </Typography>
    </Box>
  );
}

/** A row is opened by a click anywhere; the domain by the keyboard as well. */
function PeerName({ peer: { domain, lines, via } }: { peer: Peer }) {
  return (
    <>
      <Link component={RouterLink} to={`/peers/${encodeURIComponent(domain)}/show`} underline="hover">
        <PlainText text={domain} />
      </Link>
      {lines.length === 0 ? null : (
        <Typography variant="body2" sx={{ color: 'text.secondary' }}>
          <PlainText text={`with ${lines.map((line) => line.domain).join(', ')}`} />
        </Typography>
      )}
      {via === undefined ? null : (
        <Typography variant="body2" sx={{ color: 'text.secondary' }}>
          <PlainText text={`through ${via}`} />
        </Typography>
      )}
    </>
  );
}
