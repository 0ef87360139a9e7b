import { declareEvents } from '@interoffice/telemetry';

/** What long work tells the operator. */
export const EVENTS = declareEvents('jobs', {
  'jobs.failed': 'A job has failed and waits for somebody to let it go on; fields: job, kind, code, text.',
  'jobs.unwritten':
    'How far a job is could not be written down; should it be interrupted now, some of it is done again.',
});
