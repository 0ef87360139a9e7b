// For campaigns: one export beside nothing else; prints how long it took and how much memory it had.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { family, memoryOf, root } from './machinery.mjs';

const door = (part) => import(path.join(root, part, 'dist/index.js'));
const { exportKind, Exports } = await door('libs/archive');
const { Jobs } = await door('libs/jobs');
const { Database } = await door('libs/storage');
const { silentLog, systemClock } = await door('libs/telemetry');

const { connection, folder, seal, request } = JSON.parse(process.argv[2]);
mkdirSync(folder, { recursive: true });
const database = new Database({ connection, log: silentLog });
const nothing = async () => undefined;
const given = {
  connection,
  folder,
  seal,
  version: 'campaign',
  domain: 'localhost',
  notary: undefined,
  settle: undefined,
};
const kind = exportKind({ ...given, upTo: () => '7fffffffffffffff', record: nothing });
const query = (name, text, values) => database.prepared('app', { name, text }, values);
const jobs = new Jobs({ sql: { query }, kinds: [kind], clock: systemClock, log: silentLog });
const exports = new Exports(jobs, folder);
await jobs.start();

let mostMiB = 0;
// Of who starts it and of the process that exports, together.
const timer = setInterval(() => (mostMiB = Math.max(mostMiB, memoryOf(family(process.pid)))), 100);
const began = performance.now();
const { id } = await exports.start(request);
let made = await exports.find(id, '*');
for (; made.state === 'waiting' || made.state === 'running'; made = await exports.find(id, '*')) await wait(100);
const seconds = (performance.now() - began) / 1_000;
clearInterval(timer);
await jobs.stop();
await database.close();
if (made.problem) throw new Error(made.problem.text);
process.stdout.write(JSON.stringify({ seconds, rssMiB: mostMiB, folder: exports.pathOf(id), ...made.result }));
