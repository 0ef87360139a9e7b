import { declareEvents } from '@interoffice/telemetry';

export const events = declareEvents('transport', {
  'connection.refused': 'A connection was refused before anything was read; fields: remote address, reason.',
});
