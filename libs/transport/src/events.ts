import { declareEvents } from '@interoffice/telemetry';

declareEvents('transport', {
  'connection.refused': 'A connection was refused before anything was read; fields: remote address, reason.',
  'listener.failed':
    'A listener could not accept a connection, as a rule for want of file descriptors; fields: setting, error.',
});
