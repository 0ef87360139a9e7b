import { declareEvents } from '@interoffice/telemetry';

declareEvents('gateway-process', {
  'gateway.link.refused': 'Somebody came to the port for links and is not the server; fields: code, text, remote.',
  'gateway.trust.replaced': 'Authorities or lists of revoked certificates have changed and hold from now on.',
  'gateway.trust.refused':
    'Authorities or lists of revoked certificates have changed and cannot be used; what was there before is kept.',
  'appliance.certificate.replaced': 'A new server certificate is in use for handshakes from now on; open streams stay.',
  'appliance.certificate.refused': 'The changed certificate or key cannot be used; the one before is kept.',
  'gateway.stopping': 'The gateway was asked to stop; fields: signal.',
  'gateway.stop.failed': 'The gateway could not stop in an orderly way; fields: reason.',
});
