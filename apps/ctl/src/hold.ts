import type { Command } from 'commander';
import type { Hold } from '@interoffice/contract';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { oneLine, print, printJson, printTable, readPassword } from './terminal.js';
import { time } from './time-option.js';

interface Officer extends InstanceOptions {
  readonly as: string;
  readonly json?: boolean;
}

interface AddOptions extends Officer {
  readonly matter: string;
  readonly reason: string;
  readonly office?: string;
  readonly person: string[];
  readonly room: string[];
  readonly peer: string[];
  readonly words: string[];
  readonly since?: string;
  readonly until?: string;
}

/** `interoffice archive hold …`: what no rule of retention takes away. */
export function addHold(archive: Command): void {
  const hold = archive.command('hold').description('what no rule of retention takes away');
  asOfficer(hold.command('add').argument('<name>', 'what the hold is called'))
    .description('place a hold: in force at once, above every rule')
    .requiredOption('--matter <text>', 'the case, as the company calls it')
    .requiredOption('--reason <text>', 'why: kept in the audit log')
    .option('--office <name>', 'messages of this office; without it those of the offices of the officer')
    .option('--person <jid>', 'what somebody wrote and received; may be said more than once', more, [])
    .option('--room <jid>', 'may be said more than once', more, [])
    .option('--peer <domain>', 'may be said more than once', more, [])
    .option('--words <text>', 'as for a search; may be said more than once', more, [])
    .option('--since <time>', 'not before, ISO 8601', time)
    .option('--until <time>', 'before that, ISO 8601', time)
    .addHelpText(
      'after',
      '\nConditions of different kinds must all be met; of each kind one is enough.\n\nExample:\n  interoffice archive hold add "Project Gold" --matter "case 7" --reason "letter of the court" --person anna@corp.example --words gold --as olga@corp.example < password',
    )
    .action(add);
  asOfficer(hold.command('list'))
    .description('holds of the officer’s offices, the latest first')
    .option('--released', 'those that were released')
    .addHelpText('after', '\nExample:\n  interoffice archive hold list --as olga@corp.example < password')
    .action(list);
  asOfficer(hold.command('release').argument('<number>', 'as in the list'))
    .description('what it held is under the rules of retention again')
    .requiredOption('--reason <text>', 'why: kept in the audit log')
    .addHelpText(
      'after',
      '\nExample:\n  interoffice archive hold release 7 --reason "settled" --as olga@corp.example < password',
    )
    .action(release);
}

/** Options of everything that an officer does. */
export function asOfficer(command: Command): Command {
  return withInstance(command)
    .requiredOption('--as <jid>', 'the officer; the password is read from standard input')
    .option('--json', 'print JSON');
}

async function add(name: string, options: AddOptions): Promise<void> {
  const { as, matter, reason, office, person, room, peer, words, since, until } = options;
  const hold = { name, matter, reason, office, people: person, rooms: room, peers: peer, words, from: since, until };
  const password = await readPassword();
  const placed = (await ask(dataDirOf(options), 'hold.place', { as, password, hold })) as Hold;
  if (options.json) return printJson(placed);
  print(`Hold ${placed.id} is in force.`);
}

async function list(options: Officer & { readonly released?: boolean }): Promise<void> {
  const { as, released } = options;
  const state = released ? 'released' : 'open';
  const password = await readPassword();
  const { items } = (await ask(dataDirOf(options), 'hold.list', { as, password, state })) as { items: Hold[] };
  if (options.json) return printJson(items);
  if (items.length === 0) return print(`There is no ${released ? 'released hold' : 'hold in force'}.`);
  const rows = items.map((hold) => [
    hold.id,
    hold.placedAt.slice(0, 10),
    hold.office,
    oneLine(hold.name),
    oneLine(hold.matter),
    oneLine(conditionsOf(hold)),
  ]);
  printTable(['NO', 'PLACED', 'OFFICE', 'NAME', 'MATTER', 'WHAT'], rows);
}

async function release(hold: string, options: Officer & { readonly reason: string }): Promise<void> {
  const { as, reason } = options;
  const password = await readPassword();
  const released = (await ask(dataDirOf(options), 'hold.release', { as, password, hold, reason })) as Hold;
  if (options.json) return printJson(released);
  print(`Hold ${released.id} is released; what it held is under the rules again.`);
}

function conditionsOf({ people, rooms, peers, words, from, until }: Hold): string {
  const period = from === undefined && until === undefined ? [] : [`${from ?? ''}…${until ?? ''}`];
  return [...people, ...rooms, ...peers, ...words.map((text) => `“${text}”`), ...period].join(' ');
}

function more(value: string, before: string[]): string[] {
  return [...before, value];
}
