import { declareEvents } from '@interoffice/telemetry';

declareEvents('gateway', {
  'gateway.server.lost':
    'The link from the server is over; streams to and from other servers end until it is back. Fields: code, text.',
  's2s.peer.mute':
    'A peer neither counts what it takes (XEP-0198) nor answers a ping: what was written counts as taken. Fields: peer, domain.',
  's2s.host.meta.unused':
    'The host-meta of a peer says nothing to us, and DNS is asked instead; fields: peer, code, text.',
});
