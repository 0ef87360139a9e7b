import type { Command } from 'commander';
import { loadSettings } from '@interoffice/config';
import { Failure } from '@interoffice/telemetry';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { coloured, print, printJson } from './terminal.js';

interface Line {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
  readonly remedy?: string | null;
}

/** `interoffice check`: settings, certificates, database, directory; each line says what is wrong, where, and what to do. */
export function addCheck(program: Command): void {
  withInstance(program.command('check'))
    .description('check settings, certificates, database and directory; exit 1 when something is wrong')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  interoffice check --config interoffice.yaml')
    .action(async (options: InstanceOptions & { json?: boolean }) => {
      const lines = [settingsLine(options), ...(await runningLines(options))];
      if (options.json) printJson(lines);
      else for (const line of lines) show(line);
      const wrong = lines.filter(({ state }) => state === 'failing');
      if (wrong.length > 0) throw new Failure('CHECK_FAILED', `Wrong: ${wrong.map(({ name }) => name).join(', ')}.`);
    });
}

function settingsLine({ config }: InstanceOptions): Line {
  if (config === undefined) return { name: 'settings', state: 'off', detail: 'no settings file named; use --config' };
  try {
    const { domains } = loadSettings({ file: config });
    return { name: 'settings', state: 'working', detail: `${config} is understood; it serves ${domains.join(', ')}` };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return {
      name: 'settings',
      state: 'failing',
      detail: error.message,
      remedy: 'Correct the lines named, then check again.',
    };
  }
}

async function runningLines(options: InstanceOptions): Promise<Line[]> {
  try {
    const { parts } = (await ask(dataDirOf(options), 'check', {})) as { parts: Line[] };
    return parts;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [{ name: 'appliance', state: 'failing', detail: error.message, remedy: 'Start it with "interoffice up".' }];
  }
}

function show({ name, state, detail, remedy }: Line): void {
  const colour = state === 'working' ? 'green' : state === 'off' ? 'yellow' : 'red';
  print(
    `${coloured(state.padEnd(8), colour)} ${name}: ${detail}${remedy && state === 'failing' ? ` → ${remedy}` : ''}`,
  );
}
