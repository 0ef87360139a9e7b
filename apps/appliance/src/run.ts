import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Settings } from '@interoffice/config';
import { describeError, jsonLog, type Log, systemClock } from '@interoffice/telemetry';
import { Appliance, type Ready } from './appliance.js';

export interface RunOptions {
  readonly settings: Settings;
  /** The settings file, and how everything is read again from where it came from. */
  readonly file: string | undefined;
  readonly read: () => Settings;
  readonly demo: boolean;
  /** Begin anew: what an earlier demo left in the data directory is removed. */
  readonly fresh: boolean;
}

/** What this program makes in a data directory; `--fresh` removes nothing else. */
const OWN = ['postgres', 'pki', 'secret', 'control.sock'];
const STOP_WITHIN_MS = 10_000;

/** Runs in the foreground until SIGTERM or SIGINT; resolves when everything is stopped. Rejects when the start fails. */
export async function runAppliance({ settings, file, read, demo, fresh }: RunOptions): Promise<void> {
  const log = jsonLog({
    write: (line) => void process.stderr.write(line),
    now: () => systemClock.now(),
    level: 'info',
  });
  if (demo && fresh)
    for (const name of OWN) rmSync(path.join(settings.dataDir, name), { recursive: true, force: true });
  const appliance = new Appliance({ settings, file, read, clock: systemClock, log });
  // Without a file there is nothing to read again, and a terminal that is closed ends what runs in it.
  if (file !== undefined) process.on('SIGHUP', () => void appliance.policy?.follow());
  const asked = untilAsked();
  const began = performance.now();
  const ready = await appliance.start();
  log.info('appliance.started', { domain: ready.domain, milliseconds: Math.round(performance.now() - began) });
  const { people, ...rest } = ready;
  process.stdout.write(`${JSON.stringify({ event: 'ready', ...rest, ...(demo ? { people } : {}) })}\n`);
  if (demo && process.stderr.isTTY) welcome(ready);
  log.info('appliance.stopping', { signal: await asked });
  await stop(appliance, log);
}

function untilAsked(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}

async function stop(appliance: Appliance, log: Log): Promise<void> {
  // What hangs must not keep the machine from going down; PostgreSQL ends with this process.
  const late = setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  try {
    await appliance.stop();
    log.info('appliance.stopped');
  } catch (error) {
    log.error('appliance.stopped', { reason: describeError(error) });
    process.exitCode = 1;
  }
  clearTimeout(late);
  process.exit();
}

/** For people: the demo's addresses and log-ins, last on the screen. */
function welcome({ console: consoleUrl, chat, ca, people }: Ready): void {
  const lines = [
    '',
    `  Chat     ${chat}`,
    `  Console  ${consoleUrl}`,
    `  CA       ${ca}`,
    '',
    ...people.map(({ jid, password, role }) => `  ${role.padEnd(9)} ${jid.padEnd(36)} ${password}`),
    '',
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}
