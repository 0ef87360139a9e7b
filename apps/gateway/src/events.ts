import { declareEvents } from '@interoffice/telemetry';

declareEvents('gateway-process', {
  'gateway.link.refused': 'Somebody came to the port for links and is not the server; fields: code, text, remote.',
  'gateway.trust.replaced': 'Authorities or lists of revoked certificates have changed and hold from now on.',
  'gateway.trust.refused':
    'Authorities or lists of revoked certificates have changed and cannot be used; what was there before is kept.',
  'appliance.certificate.replaced': 'A new server certificate is in use for handshakes from now on; open streams stay.',
  'appliance.certificate.refused': 'The changed certificate or key cannot be used; the one before is kept.',
  'certificate.renewed': 'A new certificate of ours was got and put in place; fields: by, fingerprint, notAfter.',
  'certificate.renewal.failed':
    'No new certificate could be got; the one in use is kept and it is tried again. Fields: by, code, reason, count.',
  'certificate.expiry.warned':
    'A certificate, ours or a peer’s, ends in 30, 14, 7 or 1 days or fewer; fields: whose, domain, days, fingerprint, notAfter, text.',
  'certificate.impostor.seen':
    'Where DNS leads other servers to one of our domains a certificate is shown that is not ours: somebody may sit in between.',
  'certificate.probe.failed': 'Our own domain could not be called as other servers call it; fields: domain, text.',
  'certificate.probe.succeeded':
    'Where DNS leads other servers to our domain our own certificate is shown, from now on.',
  'gateway.stopping': 'The gateway was asked to stop; fields: signal.',
  'gateway.stop.failed': 'The gateway could not stop in an orderly way; fields: reason.',
});
