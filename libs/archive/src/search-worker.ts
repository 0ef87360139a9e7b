import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type Connection, Database } from '@interoffice/storage';
import { describeError, Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { FIRST_ID } from './ids.js';
import { SearchIndex } from './search-index.js';
import type { FromWorker, ToWorker } from './search-thread.js';

// The thread of search-thread.ts: follows the journal with connections of its own, so that the thread that serves people
// neither waits for it nor collects its garbage.
const port = parentPort!;
// Linux alone gives a thread its own priority; elsewhere this would be the whole server's.
if (process.platform === 'linux') os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
const { connection } = workerData as { connection: Connection };
const database = new Database({ connection, log: silentLog, poolSizes: { app: 1, reader: 1 } });
const say = (message: FromWorker): void => port.postMessage(message);
let upTo = FIRST_ID;
const index = new SearchIndex({
  database,
  clock: systemClock,
  metrics: new Metrics(),
  upTo: () => upTo,
  onReached: (reached) => say({ reached }),
});
const failed = (error: unknown): void => say({ failed: describeError(error) });

index.start().catch(failed);

port.on('message', (message: ToWorker) => {
  if ('stop' in message) {
    void index
      .stop()
      .then(() => database.close())
      .finally(() => port.close());
    return;
  }
  upTo = message.upTo;
  (message.isAwaited ? index.catchUp() : index.follow()).catch(failed);
});
