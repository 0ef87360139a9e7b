import { declareEvents } from '@interoffice/telemetry';

declareEvents('api', {
  'api.started': 'The HTTPS listener accepts connections.',
  'api.stopped': 'The HTTPS listener is closed.',
  'api.login.succeeded': 'Somebody logged in to the console or the API.',
  'api.login.refused': 'A log-in to the console or the API failed; `code` says why.',
  'api.login.throttled':
    'Log-ins of one account from one address, or of one address, were too many and are refused for a while.',
  'api.request.failed': 'A request ended with a fault of ours; the answer to the client does not say more than that.',
  'api.access.refused': 'A route was asked for by somebody whose role does not permit it.',
  'api.account.change.failed': 'An account was changed, but the part that ends its sessions did not answer.',
  'api.preview.failed': 'What a rule of retention would take away could not be counted.',
  'departure.closed':
    'Somebody was shut out: streams, resumable sessions, tokens and cookies are dead, and the audit log has the times.',
  'departure.incomplete':
    'Something of somebody who may not be here any more could not be closed yet; it is tried again every two seconds.',
  'departure.room.ownerless': 'The only owner of a room has left and there is no administrator to own it.',
});
