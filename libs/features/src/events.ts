import { declareEvents } from '@interoffice/telemetry';

declareEvents('features', {
  'offline.delivery.failed': 'Messages that waited for an account could not be read from the journal; they wait on.',
  'offline.mark.failed': 'The marks of delivered messages could not be written; the next try repeats it.',
  'last-activity.failed': 'The time somebody was last seen could not be written.',
});
