import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RetentionChange, RetentionMonth, RetentionRule, WantedRetention } from '@interoffice/contract';
import { ask } from './control-client.js';
import { asOfficer } from './hold.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { oneLine, print, printJson, printTable, progressBar, readPassword } from './terminal.js';

interface Officer extends InstanceOptions {
  readonly as: string;
  readonly json?: boolean;
}

interface ChangeOptions extends Officer {
  readonly keep?: number | null;
  readonly end?: boolean;
  readonly rule?: string;
  readonly office?: string;
  readonly groupKey?: string;
  readonly room?: string;
  readonly peer?: string;
  readonly kind?: 'chat' | 'room' | 'headline' | 'error';
}

interface Preview {
  readonly removed: number;
  readonly held: number;
  readonly bytes: number;
  readonly isBytesEstimated: boolean;
  readonly months: readonly RetentionMonth[];
}

interface Disposed {
  readonly number: number;
  readonly removed: number;
  readonly held: number;
  readonly bytesReturned: number;
}

const EXAMPLE = '--kind chat --keep "1 year"';

/** `interoffice archive retention …` and `interoffice archive dispose`: how long messages are kept. */
export function addRetention(archive: Command): void {
  const retention = archive.command('retention').description('how long messages are kept; the longest rule counts');
  asOfficer(retention.command('list'))
    .description('rules in force, and changes that wait for a second person')
    .addHelpText('after', '\nExample:\n  interoffice archive retention list --as olga@corp.example < password')
    .action(list);
  changing(retention.command('set'))
    .description('make, change or end a rule; what keeps something for less long waits for a second person')
    .requiredOption('--reason <text>', 'why: kept in the audit log')
    .addHelpText(
      'after',
      `\nExamples:\n  interoffice archive retention set ${EXAMPLE} --reason "works council" --as olga@corp.example < password\n  interoffice archive retention set --rule 3 --keep "2 years" --reason "examiner" --as olga@corp.example < password\n  interoffice archive retention set --rule 3 --end --reason "replaced by 5" --as olga@corp.example < password`,
    )
    .action(set);
  changing(retention.command('preview'))
    .description('what such a change would take away; nothing is saved')
    .addHelpText(
      'after',
      `\nExample:\n  interoffice archive retention preview ${EXAMPLE} --as olga@corp.example < password`,
    )
    .action(preview);
  asOfficer(retention.command('approve').argument('<number>', 'of the change'))
    .description('the second person’s word on a change')
    .addOption(new Option('--decision <word>').choices(['approve', 'refuse', 'withdraw']).default('approve'))
    .requiredOption('--reason <text>', 'why: kept in the audit log')
    .addHelpText(
      'after',
      '\nExample:\n  interoffice archive retention approve 4 --reason "looked at the preview" --as otto@corp.example < password',
    )
    .action(approve);
  withInstance(archive.command('dispose'))
    .description('take away now what the rules have ended; it runs each night by itself')
    .option('--preview', 'only say what it would take away')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  interoffice archive dispose --preview')
    .action(dispose);
}

function changing(command: Command): Command {
  return asOfficer(command)
    .option('--rule <number>', 'a rule of the list; without it a new one')
    .option('--keep <time>', 'from the end of a message’s month: 90 days, 2 years, for ever', period)
    .option('--end', 'end the rule')
    .option('--office <name>', 'messages of this office; without it those of the offices of the officer')
    .option('--group-key <key>', 'directory/stable id of a group')
    .option('--room <jid>', 'what was said in a room')
    .option('--peer <domain>', 'what was exchanged with another server')
    .addOption(new Option('--kind <kind>', 'kind of message').choices(['chat', 'room', 'headline', 'error']));
}

async function list(options: Officer): Promise<void> {
  const { as } = options;
  const input = { as, password: await readPassword() };
  const found = (await ask(dataDirOf(options), 'retention.list', input)) as {
    rules: RetentionRule[];
    changes: RetentionChange[];
  };
  if (options.json) return printJson(found);
  if (found.rules.length === 0) print('There is no rule: everything is kept for ever.');
  else
    printTable(
      ['RULE', 'OFFICE', 'COVERS', 'KEEPS'],
      found.rules.map((rule) => rowOf(rule.id, rule)),
    );
  const open = found.changes.filter(({ state }) => state === 'open');
  if (open.length === 0) return;
  print('\nWaiting for a second person:');
  const rows = open.map((change) => [
    ...rowOf(change.id, change),
    change.action,
    change.proposedBy,
    change.expiresAt.slice(0, 10),
  ]);
  printTable(['CHANGE', 'OFFICE', 'COVERS', 'KEEPS', 'WHAT', 'BY', 'UNTIL'], rows);
}

async function set(options: ChangeOptions & { readonly reason: string }): Promise<void> {
  const { as, reason } = options;
  const wanted = { change: changeIn(options), reason };
  const input = { as, password: await readPassword(), wanted };
  const change = (await ask(dataDirOf(options), 'retention.propose', input)) as RetentionChange;
  if (options.json) return printJson(change);
  if (change.state === 'done') return print('The rule is in force: it keeps no less than before.');
  print(`Change ${change.id} waits for a second person until ${change.expiresAt.slice(0, 10)}.`);
}

async function preview(options: ChangeOptions): Promise<void> {
  const input = { as: options.as, password: await readPassword(), change: changeIn(options) };
  show(options, (await ask(dataDirOf(options), 'retention.preview', input, progressBar('counting'))) as Preview);
}

async function approve(
  change: string,
  options: Officer & { readonly decision: string; readonly reason: string },
): Promise<void> {
  const { as, decision, reason } = options;
  const input = { as, password: await readPassword(), change, decision: { decision, reason } };
  const decided = (await ask(dataDirOf(options), 'retention.decide', input)) as RetentionChange;
  if (options.json) return printJson(decided);
  print(`Change ${decided.id}: ${decided.state}.`);
}

async function dispose(
  options: InstanceOptions & { readonly preview?: boolean; readonly json?: boolean },
): Promise<void> {
  const dataDir = dataDirOf(options);
  if (options.preview)
    return show(options, (await ask(dataDir, 'disposal.preview', {}, progressBar('counting'))) as Preview);
  const { items } = (await ask(dataDir, 'disposal.run', {}, progressBar('disposing'))) as { items: Disposed[] };
  if (options.json) return printJson(items);
  if (items.length === 0) return print('No rule has ended for anything: nothing was taken away.');
  const rows = items.map((one) => [one.number, one.removed, one.held, one.bytesReturned].map(String));
  printTable(['CERTIFICATE', 'REMOVED', 'HELD', 'BYTES RETURNED'], rows);
}

function show({ json }: { readonly json?: boolean }, found: Preview): void {
  if (json) return printJson(found);
  const { removed, held, bytes, isBytesEstimated, months } = found;
  const size = `${isBytesEstimated ? 'about ' : ''}${(bytes / 1e9).toFixed(3)} GB`;
  print(`Would remove ${removed} messages, ${size}; ${held} kept by holds.`);
  const rows = months
    .filter((month) => month.removed + month.held > 0)
    .map((month) => [month.month, ...[month.removed, month.held, month.kept].map(String)]);
  if (rows.length > 0) printTable(['MONTH', 'REMOVED', 'HELD', 'KEPT'], rows);
}

function changeIn({ rule, keep, end, office, groupKey, room, peer, kind }: ChangeOptions): WantedRetention {
  if (rule !== undefined && end) return { action: 'end', rule };
  if (keep === undefined) throw new InvalidArgumentError('Say for how long: --keep "90 days".');
  if (rule !== undefined) return { action: 'set', rule, days: keep };
  const group = groupKey === undefined ? undefined : { key: groupKey, name: groupKey };
  return { action: 'add', office, group, room, peer, kind, days: keep };
}

function rowOf(
  number: string,
  rule: Pick<RetentionRule, 'office' | 'group' | 'room' | 'peer' | 'kind' | 'days'>,
): string[] {
  const covers = [rule.kind, rule.group?.name, rule.room, rule.peer].filter((part) => part !== undefined).join(' ');
  const keeps = rule.days === null ? 'for ever' : `${rule.days} days`;
  return [number, rule.office, oneLine(covers === '' ? 'everything' : covers), keeps];
}

/** Days from “90 days”, “2 years”; null for “for ever”. Throws InvalidArgumentError. */
function period(text: string): number | null {
  if (/^for ?ever$/i.test(text.trim())) return null;
  const [, count, unit = 'd'] = /^(\d{1,5}) ?(d|days?|months?|y|years?)?$/.exec(text.trim()) ?? [];
  if (count === undefined) throw new InvalidArgumentError('Not a time; try "90 days", "2 years" or "for ever".');
  return Number(count) * (unit.startsWith('y') ? 366 : unit.startsWith('m') ? 31 : 1);
}
