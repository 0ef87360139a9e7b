import { parentPort, workerData } from 'node:worker_threads';
import { Database } from '@interoffice/storage';
import { describeError, silentLog } from '@interoffice/telemetry';
import { openCheckpoint } from './checkpoint.js';
import { SealRecords } from './seal-records.js';
import { SealedLog, type SignedCheckpoint } from './sealed-log.js';
import { Trust, wholeHistory } from './trust.js';
import { LogVerifier, type Verification } from './verify-log.js';
import type { FromVerifier, VerifyData } from './verify-thread.js';

// The thread of verify-thread.ts: goes over everything beside the one that serves people.
const port = parentPort!;
const { connection, folder, origin, keys, known } = workerData as VerifyData;
const say = (message: FromVerifier): void => port.postMessage(message);
const database = new Database({ connection, log: silentLog, poolSizes: { app: 1, reader: 1 } });

async function verify(): Promise<Verification> {
  const log = SealedLog.open(folder);
  if (!log) throw new Error('Nothing was sealed yet: there is nothing to verify.');
  const latest = log.latest();
  log.close();
  const verifier = new LogVerifier({
    database,
    records: new SealRecords(database, origin),
    folder,
    latest,
    trust: Trust.of(wholeHistory(keys), []),
    known: known.map(checkpointIn),
    isDisposed: () => false,
    progress: (done, total) => say({ done, total }),
  });
  return verifier.verify();
}

function checkpointIn(note: string): SignedCheckpoint {
  const checkpoint = openCheckpoint(note);
  if (!checkpoint) throw new Error('A file that was given holds no checkpoint.');
  return { ...checkpoint, note };
}

void verify()
  .then(
    (verification) => say({ verification }),
    (error: unknown) => say({ failed: describeError(error) }),
  )
  .then(() => database.close());
