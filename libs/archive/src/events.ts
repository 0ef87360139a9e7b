import { declareEvents } from '@interoffice/telemetry';

/** Everything the archive tells the operator. */
export const EVENTS = declareEvents('archive', {
  'archive.stalled': 'Nothing has been committed for a second although messages wait; nothing is delivered meanwhile.',
  'archive.recovered': 'Commits go through again; what had waited is being delivered.',
  'archive.commit.failed':
    'PostgreSQL could not be asked, or refused for a reason that is not the message; it is asked again.',
  'archive.commit.found': 'A commit whose answer was lost turned out to have happened; nothing was written twice.',
  'archive.row.poisoned': 'PostgreSQL refuses this one message for its content. It was not delivered; all others were.',
  'archive.release.failed': 'What follows a commit failed for a batch; the messages are in the archive.',
  'archive.closed.early':
    'The archive was closed while messages waited for their commit; their authors have no answer.',
  'archive.seal.refused':
    'The seal does not sign any more: what the database holds contradicts what was signed. Messaging goes on; an operator has to look.',
  'archive.seal.failed': 'The seal could not follow the journal; it tries again.',
  'archive.seal.resumed': 'The seal follows the journal again.',
  'archive.gap.found':
    'The archive has another number of messages of a stream than were accepted. An officer has to be told; see the reconciliation in the console.',
  'archive.disposal.done':
    'What the rules of retention had ended for a month is gone, and the certificate of it is kept.',
  'archive.disposal.postponed': 'A month could not be disposed of now, and why; the next run takes it up.',
  'archive.disposal.failed': 'A run of disposal ended early; the next one goes on where it was.',
  'archive.index.failed': 'The text index could not follow the journal; it tries again.',
});
