import { declareEvents } from '@interoffice/telemetry';

declareEvents('features', {
  'pep.greeting.failed':
    'A device that came online was not sent what had been published last in the nodes it wants to hear of.',
  'resends.save.failed':
    'Whose streams were cut could not be written; the next try repeats it. If the server stops before, all accounts count as such.',
  'stream-management.resend.failed':
    'What a resumed stream has to be sent again could not be read from the journal; it is tried again.',
  'stream-management.save.failed':
    'Counters of streams could not be written; the next try repeats it. Until then a crash makes their clients log in anew.',
  'offline.delivery.failed': 'Messages that waited for an account could not be read from the journal; they wait on.',
  'offline.mark.failed': 'The marks of delivered messages could not be written; the next try repeats it.',
  'last-activity.failed': 'The time somebody was last seen could not be written.',
});
