import type { Command } from 'commander';
import { Failure } from '@interoffice/telemetry';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { coloured, print, printJson } from './terminal.js';

interface Part {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
  readonly remedy?: string | null;
}

/** `interoffice status`: whether each part is really working. */
export function addStatus(program: Command): void {
  withInstance(program.command('status'))
    .description('whether each part is really working; exit 1 when one is not')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  interoffice status --data-dir /var/lib/interoffice')
    .action(async (options: InstanceOptions & { json?: boolean }) => {
      const { parts } = (await ask(dataDirOf(options), 'status', {})) as { parts: Part[] };
      if (options.json) printJson({ parts });
      else for (const part of parts) show(part);
      const failing = parts.filter(({ state }) => state === 'failing');
      if (failing.length > 0)
        throw new Failure('NOT_WORKING', `Not working: ${failing.map(({ name }) => name).join(', ')}.`);
    });
}

function show({ name, state, detail, remedy }: Part): void {
  const colour = state === 'working' ? 'green' : state === 'off' ? 'yellow' : 'red';
  print(`${coloured(state.padEnd(8), colour)} ${name}: ${detail}${remedy ? ` → ${remedy}` : ''}`);
}
