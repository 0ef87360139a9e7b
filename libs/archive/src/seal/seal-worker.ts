import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { Database } from '@interoffice/storage';
import { describeError, Failure, silentLog, systemClock } from '@interoffice/telemetry';
import { FIRST_ID } from '../ids.js';
import { Seal } from './seal.js';
import { SealRecords } from './seal-records.js';
import { SealedLog } from './sealed-log.js';
import { Witnesses } from './witnesses.js';
import type { FromSealer, SealerData, ToSealer } from './seal-thread.js';

// The thread of seal-thread.ts: takes what was committed into the log, and has it signed by the thread that has the keys.
const port = parentPort!;
// Linux alone gives a thread its own priority; elsewhere this would be the whole server's.
if (process.platform === 'linux') os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
const { connection, folder, origin, witnesses: named, authorities } = workerData as SealerData;
const database = new Database({ connection, log: silentLog, poolSizes: { app: 1, reader: 1 } });
const say = (message: FromSealer): void => port.postMessage(message);
/** The database is looked at again after so long without anything to seal. */
const CHECK_EVERY_MS = 20_000;

let upTo = FIRST_ID;
let signatures = 0;
const asked = new Map<number, { resolve(note: string): void; reject(error: Error): void }>();
const sign = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    asked.set(++signatures, { resolve, reject });
    say({ sign: text, number: signatures });
  });
const records = new SealRecords(database, origin);
const seal = new Seal({ records, folder, origin, clock: systemClock, sign, upTo: () => upTo });
const witnesses = new Witnesses({ database, folder, origin, witnesses: named, authorities, clock: systemClock });
let isOpen = false;
let checkedAtMs = 0;

async function round(): Promise<void> {
  try {
    if (!isOpen) {
      await seal.open();
      await witnesses.open();
      isOpen = true;
      tell(0);
    }
    const added = await seal.seal();
    if (added > 0) tell(added);
    else if (systemClock.now() - checkedAtMs > CHECK_EVERY_MS) await seal.check();
    else if (!witnesses.isBehind(seal.head.size)) return;
    checkedAtMs = systemClock.now();
    if (named.length > 0) await cosign();
  } catch (error) {
    // What failed half way is found again by looking.
    isOpen = false;
    const isRefusal = error instanceof Failure && error.code === 'SEAL_REFUSED';
    say(isRefusal ? { refused: error.message } : { failed: describeError(error) });
  }
}

/** Witnesses sign behind what is sealed: one that does not answer holds nothing up but itself. */
async function cosign(): Promise<void> {
  const log = SealedLog.open(folder);
  if (!log) return;
  try {
    const refusal = await witnesses.ask(log);
    if (refusal !== undefined) seal.refuse(refusal);
  } finally {
    log.close();
    say({ witnesses: witnesses.states });
  }
}

function tell(added: number): void {
  const { size, root, journalId } = seal.head;
  say({ sealed: { size, root: root.toString('base64'), journalId, added, atMs: systemClock.now() } });
}

let running: Promise<void> | undefined;
let isAskedAgain = false;

/** One round at a time; what is asked for meanwhile is one more round. */
function run(): void {
  if (running) {
    isAskedAgain = true;
    return;
  }
  running = round().finally(() => {
    running = undefined;
    if (!isAskedAgain) return;
    isAskedAgain = false;
    run();
  });
}

async function end(): Promise<void> {
  while (running) await running;
  seal.close();
  await database.close();
  port.close();
}

port.on('message', (message: ToSealer) => {
  if ('stop' in message) void end();
  else if ('signed' in message) asked.get(message.number)?.resolve(message.signed);
  else if ('unsigned' in message) asked.get(message.number)?.reject(new Error(message.unsigned));
  else {
    upTo = message.upTo;
    run();
    return;
  }
  if ('number' in message) asked.delete(message.number);
});
