import { declareEvents } from '@interoffice/telemetry';

declareEvents('federation', {
  'federation.line.unreadable':
    'The journal could not be asked what waits for a peer; it is asked again soon. Fields: peer, error.',
  'federation.row.given.up':
    'A message for a peer is not tried any longer, and its author is told; fields: peer, why (too-old, refused-again).',
});
