export { EVENTS as JOBS_EVENTS } from './events.js';
export type { Job, JobProblem, JobRequest, JobState, Move } from './job.js';
export type { JobSql } from './job-rows.js';
export { type JobKind, Jobs, type JobsOptions } from './jobs.js';
export { Pace } from './pace.js';
export { runTask, type Task } from './task.js';
