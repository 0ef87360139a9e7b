import type { Command } from 'commander';
import type { Directory, DirectoryPreview, DirectorySync, Finding } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { coloured, print, printJson, printTable, progressBar } from './terminal.js';

interface Printed extends InstanceOptions {
  readonly json?: boolean;
}

const COLOUR = { good: 'green', warning: 'yellow', bad: 'red' } as const;

/** `interoffice directory …`: where people come from, whether it works, and what a sync changes. */
export function addDirectory(program: Command): void {
  const directory = program.command('directory').description('the directories people come from');
  const command = (name: string, does: string, example: string): Command =>
    withInstance(directory.command(name))
      .description(does)
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  interoffice directory ${example}`);

  command('list', 'directories, their servers and their latest sync', 'list').action(list);
  command(
    'examine <name>',
    'look at everything that has to be right for it to work',
    'examine headquarters --login anna',
  )
    .option('--login <name>', 'somebody whose log-in is tried, as far as it goes without the password')
    .action(examine);
  command(
    'preview <name>',
    'what the next sync of everybody would change; changes nothing',
    'preview headquarters',
  ).action(preview);
  command('sync <name>', 'read what has changed, now', 'sync headquarters --everybody')
    .option('--everybody', 'read everybody and all groups')
    .action(sync);
  for (const [verb, decision, does] of [
    ['apply', 'apply', 'shut out the people a stopped sync would have shut out'],
    ['reject', 'reject', 'keep the people a stopped sync would have shut out'],
  ] as const) {
    command(`${verb} <name>`, does, `${verb} headquarters`).action(async (name: string, options: Printed) => {
      const decided = (await ask(dataDirOf(options), 'directory.decide', { name, decision })) as { people: number };
      if (options.json) return printJson(decided);
      print(`${decided.people} people ${decision === 'apply' ? 'are shut out' : 'stay'}.`);
    });
  }
}

async function list(options: Printed): Promise<void> {
  const found = (await ask(dataDirOf(options), 'directory.list', {})) as Directory[];
  if (options.json) return printJson(found);
  if (found.length === 0) return print('People are kept here alone: no directory stands in the settings.');
  printTable(
    ['NAME', 'PEOPLE', 'REFUSED', 'GROUPS', 'SERVERS', 'LAST SYNC'],
    found.map(({ name, people, refused, groups, servers, syncs, held }) => [
      name,
      String(people),
      String(refused),
      String(groups),
      servers.map(({ url, working }) => `${url} ${working ? 'answers' : 'does not answer'}`).join(', '),
      held ? `stopped: ${held.why}` : lastOf(syncs),
    ]),
  );
}

function lastOf(syncs: readonly DirectorySync[]): string {
  const last = syncs.find(({ kind }) => kind !== 'online');
  return last ? `${last.startedAt} ${last.outcome}${last.detail === undefined ? '' : `: ${last.detail}`}` : 'none yet';
}

async function examine(name: string, options: Printed & { login?: string }): Promise<void> {
  const { login } = options;
  const found = (await ask(dataDirOf(options), 'directory.examine', { name, login })) as Finding[];
  if (options.json) printJson(found);
  else {
    for (const { name: what, state, detail, remedy } of found) {
      print(
        `${coloured(state.padEnd(8), COLOUR[state])} ${what}: ${detail}${remedy === undefined ? '' : ` → ${remedy}`}`,
      );
    }
  }
  const bad = found.filter(({ state }) => state === 'bad');
  if (bad.length > 0) throw new Failure('NOT_WORKING', `Not right: ${bad.map((one) => one.name).join(', ')}.`);
}

async function preview(name: string, options: Printed): Promise<void> {
  const found = (await ask(dataDirOf(options), 'directory.preview', { name })) as DirectoryPreview;
  if (options.json) return printJson(found);
  const { added, changed, refused, readmitted } = found;
  const lines = [
    ['added', added],
    ['changed', changed],
    ['shut out', refused],
    ['let in again', readmitted],
  ] as const;
  if (lines.every(([, { count }]) => count === 0)) return print('Nothing would change.');
  for (const [what, { count, first }] of lines) {
    if (count === 0) continue;
    print(`${what}: ${count}`);
    for (const { jid, why } of first) print(`  ${jid}${why === undefined ? '' : `: ${why}`}`);
    if (count > first.length) print(`  … and ${count - first.length} more`);
  }
}

async function sync(name: string, options: Printed & { everybody?: boolean }): Promise<void> {
  const input = { name, everybody: options.everybody ?? false };
  const run = (await ask(dataDirOf(options), 'directory.sync', input, progressBar('Reading'))) as DirectorySync;
  if (options.json) printJson(run);
  else {
    const told = Object.entries(run.counts).filter(([, count]) => count > 0);
    print(`${run.outcome}: ${told.map(([what, count]) => `${what} ${count}`).join(', ') || 'nothing changed'}`);
  }
  if (run.outcome === 'failed') throw new Failure('SYNC_FAILED', run.detail ?? 'The directory could not be read.');
  if (run.outcome === 'held') throw new Failure('SYNC_HELD', 'The guard stopped it: see "interoffice directory list".');
}
