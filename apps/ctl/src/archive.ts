import { type Command, InvalidArgumentError, Option } from 'commander';
import { ask } from './control-client.js';
import { addExport } from './export.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { addReconcile } from './reconcile.js';
import { addHold } from './hold.js';
import { addRetention } from './retention.js';
import { addSeal } from './seal.js';
import { oneLine, print, printJson, printTable, readPassword } from './terminal.js';
import { time } from './time-option.js';
import { addWitness } from './witness.js';

interface SearchOptions extends InstanceOptions {
  readonly as: string;
  readonly reason: string;
  readonly limit: number;
  readonly json?: boolean;
  /** Filters, by the names the operation has for them. */
  readonly [filter: string]: unknown;
}

/** What `search` hands on of its options. */
const FILTERS =
  'text participant from to group office room peer direction kind verdict file label edited since until limit'.split(
    ' ',
  );

interface Hit {
  readonly id: string;
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly body: string | null;
  /** Passed on here between two other offices. */
  readonly isRelayed?: boolean;
}

/** `interoffice archive …`: compliance. */
export function addArchive(program: Command): void {
  const archive = program.command('archive').description('the compliance archive');
  withInstance(archive.command('search'))
    .description('find messages, as an officer and for a reason; audited like the console')
    .requiredOption('--as <jid>', 'the officer; the password is read from standard input')
    .requiredOption('--reason <text>', 'why: kept in the audit log')
    .option('--text <text>', 'words, parts of words, and phrases in quotation marks; all are found')
    .option('--participant <person>', 'author or receiver: an address, now or former, or a name')
    .option('--from <person>', 'author')
    .option('--to <person>', 'receiver')
    .option('--group <name>', 'somebody who is in this group of the directory now')
    .option('--office <name>', 'of one side, when it was said')
    .option('--room <jid>', 'room')
    .option('--peer <domain>', 'the other server')
    .addOption(choice('direction', 'which way it crossed our border', ['internal', 'in', 'out', 'relayed']))
    .addOption(choice('kind', 'kind of message', ['chat', 'normal', 'headline', 'groupchat', 'error']))
    .addOption(choice('verdict', 'what became of it', ['passed', 'refused', 'dropped']))
    .option('--file', 'with a file')
    .option('--label <label>', 'with this security label')
    .option('--edited', 'corrected, retracted or moderated later')
    .option('--since <time>', 'not before, ISO 8601', time)
    .option('--until <time>', 'not after, ISO 8601', time)
    .option('--limit <n>', 'at most this many', whole, 50)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  interoffice archive search --as olga@corp.example --text invoice --reason "case 7" < password
  interoffice archive search --as olga@corp.example --text '"project hartwell" budget' --direction out --file \\
      --since 2026-01-01T00:00:00Z --reason "case 7" < password`,
    )
    .action(search);
  addSeal(archive);
  addReconcile(archive);
  addWitness(archive);
  addExport(archive);
  addHold(archive);
  addRetention(archive);
}

async function search(options: SearchOptions): Promise<void> {
  const { as, reason, limit } = options;
  const filters = Object.fromEntries(FILTERS.map((name) => [name, options[name]]));
  const password = await readPassword();
  const found = (await ask(dataDirOf(options), 'archive.search', { as, reason, password, filters })) as {
    hits: Hit[];
    more: boolean;
  };
  if (options.json) return printJson(found);
  if (found.hits.length === 0) return print('No message matches.');
  printTable(
    ['TIME', 'FROM', 'TO', 'TEXT'],
    found.hits.map((hit) => [
      hit.at,
      hit.from,
      hit.to,
      `${hit.isRelayed ? '(passed on) ' : ''}${oneLine(hit.body ?? '')}`,
    ]),
  );
  if (found.more) print(`There are more; raise --limit (now ${limit}) or narrow the search.`);
}

function choice(name: string, description: string, choices: readonly string[]): Option {
  return new Option(`--${name} <${name}>`, description).choices(choices);
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000)
    throw new InvalidArgumentError('Not a whole number from 1 to 10000.');
  return value;
}
