// The built appliance with a clock that its parent moves: forked with the settings as JSON, told `{ aheadMs }` at any time.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const door = (part) => import(path.join(root, part, 'dist/index.js'));
const { Appliance } = await door('apps/appliance');
const { loadSettings } = await door('libs/config');
const { jsonLog } = await door('libs/telemetry');

const { presets, ...start } = JSON.parse(process.argv[2]);
let { aheadMs } = start;
process.on('message', (told) => {
  aheadMs = told.aheadMs;
  process.send({ aheadMs });
});
const settings = loadSettings({ environment: {}, presets });
const log = jsonLog({ write: (line) => process.stderr.write(line), now: () => Date.now(), level: 'warn' });
const clock = { now: () => Date.now() + aheadMs };
const appliance = new Appliance({ settings, file: undefined, read: () => settings, clock, log });
await appliance.start();
process.send('ready');
process.once('SIGTERM', () => void appliance.stop().then(() => process.exit(0)));
