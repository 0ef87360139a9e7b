import { declareEvents } from '@interoffice/telemetry';

declareEvents('stream', {
  'c2s.authenticated': 'Somebody logged in; fields: account, mechanism, remote address.',
  'c2s.login.refused': 'A log-in was refused; fields: account if it was named, mechanism, condition, remote address.',
  'c2s.stream.closed': 'A client stream ended with an error of ours; fields: condition, text, remote address.',
  'c2s.stream.failed': 'A fault of ours ended a client stream.',
  'c2s.peer.silent': 'A client did not answer our ping and was closed. XEP-0199 §4.2',
});
