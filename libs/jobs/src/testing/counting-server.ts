import { JobProcess } from '../job-process.js';

// A server with one job, for a test that kills it; says the number of the job's process when the job has begun.
const { program, given } = JSON.parse(process.argv[2]!) as { program: string; given: object };
const job = new JobProcess(new URL(program), given, () => process.send!({ pid: job.pid }));
