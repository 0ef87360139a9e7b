import { declareEvents } from '@interoffice/telemetry';

declareEvents('federation', {
  'federation.relay.loop':
    'A stanza that offices pass on came back to one of them, or past too many; it was refused. Fields: from, to, hops.',
  'federation.line.unreadable':
    'The journal could not be asked what waits for a peer; it is asked again soon. Fields: peer, error.',
  'federation.row.given.up':
    'A message for a peer is not tried any longer, and its author is told; fields: peer, why (too-old, refused-again).',
  'federation.marks.unwritten':
    'How far peers have got could not be written; it is tried again. After a crash they are sent that much again.',
  'federation.decisions.unwritten':
    'Refusals of policy could not be written; they are tried again. Fields: waiting (how many), error.',
  'federation.presence.unsent': 'Presence for somebody at another server was not sent; fields: to (domain), error.',
  'federation.stranger.waiting':
    'What waited for somebody’s consent could not be delivered now; it is tried with the next message to the stranger. Fields: error.',
  'federation.acquaintance.unwritten':
    'Whether somebody knows a person at another server could not be written; it is with the next change. Fields: error.',
  'federation.stanza.refused':
    'A peer sent what no server may send; it was dropped. Fields: peer, condition of RFC 6120 §4.9.3.',
  'federation.stanza.strange': 'A gateway passed on a stanza whose sender its stream was not proven for; fields: peer.',
  'federation.receipts.unkept':
    'Receipts for what is on record of another office could not be written, or not be marked as confirmed; they are tried again.',
  'federation.receipt.refused':
    'Another office has given a receipt that does not hold: its signature, its certificate or its rows; fields: peer, reason.',
});
