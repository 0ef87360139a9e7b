import { declareEvents } from '@interoffice/telemetry';

declareEvents('stream', {
  'c2s.authenticated': 'Somebody logged in; fields: account, mechanism, remote address.',
  'c2s.login.refused': 'A log-in was refused; fields: account if it was named, mechanism, condition, remote address.',
  'c2s.address.throttled':
    'A log-in was refused unheard: from its network address too many different names have failed lately.',
  'c2s.stream.closed': 'A client stream ended with an error of ours; fields: condition, text, remote address.',
  'c2s.stream.failed': 'A fault of ours ended a client stream.',
  's2s.authenticated':
    'Another server and we know each other; fields: peer, domain of ours, mechanism, remote address, direction.',
  's2s.peer.refused':
    'A server did not prove its domain; fields: peer, remote address, direction, code and text of what is wrong.',
  's2s.stream.closed': 'A stream to or from another server ended with an error of ours; fields: peer, condition, text.',
  's2s.stream.failed': 'A fault of ours ended a stream to or from another server.',
  's2s.peer.silent':
    'A peer did not acknowledge in time what it was sent, and its connection is made anew; fields: peer, domain.',
  'c2s.peer.silent': 'A client did not answer our ping and was closed. XEP-0199 §4.2',
});
