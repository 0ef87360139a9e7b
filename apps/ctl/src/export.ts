import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ExportFormat } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { oneLine, print, printFacts, printJson, printTable, progressBar, readPassword } from './terminal.js';
import { time } from './time-option.js';

interface ExportOptions extends InstanceOptions {
  readonly as: string;
  readonly reason: string;
  readonly format: string;
  readonly out?: string;
  readonly split: number;
  readonly job?: string;
  readonly cancel?: boolean;
  readonly json?: boolean;
  readonly [filter: string]: unknown;
}

interface Made {
  readonly id: string;
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly messages: number;
  readonly conversations: number;
  readonly exceptions: number;
  readonly manifestSha256: string;
}

const FORMATS: readonly ExportFormat[] = ['jsonl', 'csv', 'xml', 'eml', 'eml-day', 'rsmf', 'pdf'];
/** What the appliance takes; it says so as well. */
const [LEAST_SPLIT_BYTES, MOST_SPLIT_BYTES] = [1_000_000, 4_000_000_000];
const FILTERS = ['text', 'participant', 'from', 'to', 'room', 'peer', 'since', 'until'] as const;
const GIGABYTE = 1_000_000_000;
const UNITS: Readonly<Record<string, number>> = { MB: 1_000_000, GB: GIGABYTE };

/** `interoffice archive export` and `exports`. */
export function addExport(archive: Command): void {
  withInstance(archive.command('export'))
    .description('hand messages over, with proofs, as an officer and for a reason; goes on when it was interrupted')
    .requiredOption('--as <jid>', 'the officer; the password is read from standard input')
    .requiredOption('--reason <text>', 'why: kept in the audit log and in the export')
    .addOption(new Option('--format <form>', 'what is written').choices(FORMATS).default('jsonl'))
    .option('--out <dir>', 'where the files are put; made if it is not there')
    .option('--split <size>', 'no file of messages larger than this', size, GIGABYTE)
    .option('--text <text>', 'words, or parts of words')
    .option('--participant <jid>', 'author or receiver')
    .option('--from <jid>', 'author')
    .option('--to <jid>', 'receiver')
    .option('--room <jid>', 'room')
    .option('--peer <domain>', 'what came from this server or went there')
    .option('--since <time>', 'not before, ISO 8601', time)
    .option('--until <time>', 'not after, ISO 8601', time)
    .option('--job <id>', 'one that was started before: waits for it, or lets it go on')
    .option('--cancel', 'with --job: ends it')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLE)
    .action(start);
  withInstance(archive.command('exports'))
    .description('exports that were made, and how far those under way are')
    .requiredOption('--as <jid>', 'the officer; the password is read from standard input')
    .requiredOption('--reason <text>', 'why: kept in the audit log')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  interoffice archive exports --as olga@corp.example --reason "case 7" < password',
    )
    .action(list);
}

const EXAMPLE = `
Example:
  interoffice archive export --as olga@corp.example --reason "case 7" --participant anna@corp.example \\
    --since 2026-01-01 --format jsonl --split 1GB --out case-7 < password`;

async function start(options: ExportOptions): Promise<void> {
  const { as, reason, format, split: splitBytes, job, out } = options;
  const dataDir = dataDirOf(options);
  const who = { as, reason, password: await readPassword() };
  if (options.cancel) return cancel(options, who);
  if (out === undefined) throw new Failure('NO_FOLDER', 'Say with --out where the files shall be put.');
  const filters = Object.fromEntries(FILTERS.map((name) => [name, options[name]]));
  const [operation, input] =
    job === undefined
      ? ['archive.export', { ...who, format, splitBytes, filters }]
      : ['archive.export.take', { ...who, job }];
  const made = (await ask(dataDir, operation, input, progressBar('Exporting'))) as Made;
  await takeOver(made, out);
  if (options.json) return printJson({ ...made, folder: path.resolve(out) });
  printFacts([
    ['export', made.id],
    ['messages', `${made.messages} in ${made.conversations} conversations`],
    ['exceptions', made.exceptions === 0 ? 'none' : `${made.exceptions}: exceptions.jsonl says which and why`],
    ['files', `${made.files.length} in ${path.resolve(out)}`],
    ['manifest', `SHA-256 ${made.manifestSha256}`],
  ]);
}

async function cancel(options: ExportOptions, who: object): Promise<void> {
  const { job } = options;
  if (job === undefined) throw new Failure('NO_EXPORT', 'Say with --job which export shall end.');
  const done = (await ask(dataDirOf(options), 'archive.export.cancel', { ...who, job })) as { wasOpen: boolean };
  if (options.json) return printJson(done);
  print(done.wasOpen ? `Export ${job} was cancelled.` : `Export ${job} was over before.`);
}

/** Copies the files and looks whether the manifest arrived as it was signed. */
async function takeOver({ folder, files, manifestSha256 }: Made, out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const show = progressBar('Copying');
  let done = 0;
  for (const { name, bytes } of files) {
    await copyFile(path.join(folder, name), path.join(out, name));
    show({ done: (done += bytes), total });
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path.join(out, 'manifest.json'))) hash.update(chunk as Buffer);
  if (hash.digest('hex') === manifestSha256) return;
  throw new Failure(
    'EXPORT_DAMAGED',
    `The copy in ${out} is not what was exported; look at that disk and copy again from ${folder}.`,
  );
}

interface Listed {
  readonly id: string;
  readonly createdAt: string;
  readonly state: string;
  readonly done: number;
  readonly total?: number;
  readonly request: { readonly format: string; readonly requestedBy: string; readonly reason: string };
}

async function list(options: Pick<ExportOptions, 'as' | 'reason' | 'json'> & InstanceOptions): Promise<void> {
  const input = { as: options.as, reason: options.reason, password: await readPassword() };
  const made = (await ask(dataDirOf(options), 'archive.export.list', input)) as readonly Listed[];
  if (options.json) return printJson(made);
  if (made.length === 0) return print('Nothing was exported.');
  const rows = made.map(({ id, createdAt, state, request, done, total }) => [
    id,
    createdAt,
    request.format,
    state,
    total ? `${Math.floor((100 * done) / total)} %` : '',
    request.requestedBy,
    oneLine(request.reason),
  ]);
  printTable(['EXPORT', 'ASKED FOR', 'FORM', 'STATE', 'DONE', 'BY', 'REASON'], rows);
}

/** `500MB`, `1GB`. */
function size(text: string): number {
  const [, number, unit = ''] = /^(\d{1,4})(MB|GB)$/.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (bytes >= LEAST_SPLIT_BYTES && bytes <= MOST_SPLIT_BYTES) return bytes;
  throw new InvalidArgumentError('Not a size from 1MB to 4GB.');
}
