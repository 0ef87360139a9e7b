import { declareEvents } from '@interoffice/telemetry';

declareEvents('gateway-process', {
  'gateway.link.refused': 'Somebody came to the port for links and is not the server; fields: code, text, remote.',
  'gateway.stopping': 'The gateway was asked to stop; fields: signal.',
  'gateway.stop.failed': 'The gateway could not stop in an orderly way; fields: reason.',
});
