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
});
