import { parentPort, workerData } from 'node:worker_threads';
import { Database } from '@interoffice/storage';
import { describeError, silentLog } from '@interoffice/telemetry';
import { openCheckpoint } from './checkpoint.js';
import { SealRecords } from './seal-records.js';
import { SealedLog, type SignedCheckpoint } from './sealed-log.js';
import { Trust, wholeHistory } from './trust.js';
import { type Fault, LogVerifier, type Verification } from './verify-log.js';
import { DisposalCheck, type DisposalFault } from '../retention/disposal-check.js';
import { parseVerifierKey } from './note.js';
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
  const disposals = await DisposalCheck.open(
    database,
    keys.map(({ key }) => parseVerifierKey(key)),
  );
  const verifier = new LogVerifier({
    database,
    records: new SealRecords(database, origin),
    folder,
    latest,
    trust: Trust.of(wholeHistory(keys), []),
    known: known.map(checkpointIn),
    isDisposed: (row) => disposals.gone(row),
    progress: (done, total) => say({ done, total }),
  });
  const found = await verifier.verify();
  // Rows that no certificate names are among the faults already.
  const more = disposals
    .faults()
    .filter(({ kind }) => kind !== 'unexplained')
    .map(faultOf);
  return { ...found, faults: [...found.faults, ...more], faultCount: found.faultCount + more.length };
}

const WRONG: Readonly<Record<DisposalFault['kind'], string>> = {
  signature: 'is not signed by a key of the log',
  kept: 'comes with another list of what was kept than it was signed with',
  digest: 'names other rows than those whose content is gone',
  unexplained: 'does not name it',
};

function faultOf({ kind, certificate = 0, id }: DisposalFault): Fault {
  const where = id === undefined ? '' : `, from row ${id} on`;
  return { kind: 'certificate', text: `Certificate of disposal ${certificate} ${WRONG[kind]}${where}.` };
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
