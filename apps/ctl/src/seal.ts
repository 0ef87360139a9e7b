import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { Seal } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { coloured, print, printFacts, printJson, progressBar } from './terminal.js';

interface Json extends InstanceOptions {
  readonly json?: boolean;
}

type ShownSeal = Seal & { readonly witnessKey: string };

interface Fault {
  readonly kind: string;
  readonly text: string;
}

interface Verified {
  readonly size: number;
  readonly journal: number;
  readonly audit: number;
  readonly unsealed: number;
  readonly disposed: number;
  readonly checkpoints: number;
  readonly faults: readonly Fault[];
  readonly faultCount: number;
  readonly refusal: string | null;
}

interface VerifyOptions extends Json {
  readonly policy?: string;
  readonly checkpoint?: string[];
}

/** More than a terminal shows at once; --json has them all. */
const SHOWN_FAULTS = 50;

/** `interoffice archive verify` and `interoffice archive seal …`. */
export function addSeal(archive: Command): void {
  withInstance(
    archive.command('verify').argument('[dir]', 'an export; without it the archive of the running appliance'),
  )
    .description('verify every row, leaf and checkpoint; exit 1 and the rows when something is not what was sealed')
    .option('--policy <file>', 'for an export: whose signatures are asked for')
    .option('--checkpoint <file...>', 'checkpoints that were kept elsewhere, to compare with')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  interoffice archive verify\n  interoffice archive verify ./export-7 --policy policy.txt\n  interoffice archive verify --checkpoint checkpoint-of-last-month',
    )
    .action(verify);
  const seal = archive.command('seal').description('how far the archive is sealed, and by which keys');
  withInstance(
    seal.command('show', { isDefault: true }).description('how far, by which keys, and the latest checkpoint'),
  )
    .option('--json', 'print JSON')
    .option('--policy', 'print a policy for who verifies, to be handed over in person')
    .addHelpText('after', '\nExample:\n  interoffice archive seal --policy > policy.txt')
    .action(show);
  withInstance(seal.command('rotate').description('sign with a new key from here on'))
    .requiredOption('--reason <text>', 'why: kept in the audit log')
    .option('--stolen', 'the key so far may be in other hands: it hands over to nobody, tell auditors the new one')
    .addHelpText('after', '\nExample:\n  interoffice archive seal rotate --reason "yearly"')
    .action(rotate);
  withInstance(seal.command('resume').description('after a refusal: the files of the seal are right, sign again'))
    .requiredOption('--reason <text>', 'what was found out: kept in the audit log')
    .addHelpText('after', '\nExample:\n  interoffice archive seal resume --reason "database restored, see ticket 12"')
    .action(async (options: InstanceOptions & { reason: string }) => {
      await ask(dataDirOf(options), 'seal.resume', { reason: options.reason });
      print('The seal looks again; see "interoffice archive seal".');
    });
}

async function verify(dir: string | undefined, options: VerifyOptions): Promise<void> {
  return dir === undefined ? verifyArchive(options) : verifyExport(dir, options);
}

async function verifyArchive(options: VerifyOptions): Promise<void> {
  const files = options.checkpoint ?? [];
  const known = await Promise.all(files.map(async (file) => ({ note: await readFile(file, 'utf8') })));
  const found = (await ask(dataDirOf(options), 'archive.verify', { known }, progressBar('Verifying'))) as Verified;
  if (options.json) printJson(found);
  else showVerified(found);
  if (found.faultCount > 0) throw new Failure('ARCHIVE_ALTERED', `${found.faultCount} things are not what was sealed.`);
}

function showVerified(found: Verified): void {
  const { faults, faultCount } = found;
  for (const { kind, text } of faults.slice(0, SHOWN_FAULTS)) print(`${coloured(kind.padEnd(8), 'red')} ${text}`);
  if (faultCount > SHOWN_FAULTS) print(`… and ${faultCount - SHOWN_FAULTS} more; see --json.`);
  printFacts([
    ['Entries in the log', String(found.size)],
    ['of messages', String(found.journal)],
    ['of acts', String(found.audit)],
    ['without content', String(found.disposed)],
    ['Checkpoints', String(found.checkpoints)],
    ['Not sealed yet', String(found.unsealed)],
    ['Result', faultCount === 0 ? 'everything is what was sealed' : `${faultCount} faults`],
  ]);
  if (found.refusal !== null) print(`The seal does not sign any more: ${found.refusal}`);
}

async function verifyExport(dir: string, options: VerifyOptions): Promise<void> {
  if (options.policy === undefined)
    throw new Failure(
      'POLICY_MISSING',
      'Say whose signatures are asked for: --policy FILE, as the auditor was given it.',
    );
  // Loaded here: whoever asks a running appliance needs none of it.
  const { parsePolicy, verifyBundle } = await import('@interoffice/archive');
  const policy = parsePolicy(await readFile(options.policy, 'utf8'));
  const found = await verifyBundle(path.resolve(dir), policy, progressBar('Verifying'));
  if (options.json) return printJson(found);
  const { records, size, origin, disposed, files, witnesses } = found;
  print(
    `good: ${records} records of ${origin}, proven by the checkpoint of ${size} entries; ${disposed} without content; ${files} files; ${witnesses} witnesses`,
  );
}

async function show(options: Json & { policy?: boolean }): Promise<void> {
  const seal = (await ask(dataDirOf(options), 'seal.show', {})) as ShownSeal;
  if (options.policy) return print((seal.policy ?? '').trimEnd());
  if (options.json) return printJson(seal);
  printFacts([
    ['Log', seal.origin ?? ''],
    ['Sealed through', seal.sealedThrough ?? 'nothing yet'],
    ['Entries', String(seal.size)],
    ['Key', seal.keys.at(-1)?.key ?? ''],
    ['Keys so far', String(seal.keys.length)],
    ['State', seal.problem ?? seal.state],
    ...seal.witnesses.map(witnessFact),
    ['As a witness', seal.witnessKey],
  ]);
  if (seal.checkpoint !== undefined) print(`\n${seal.checkpoint}`);
  if (seal.state === 'refused') throw new Failure('SEAL_REFUSED', 'The seal does not sign any more.');
}

function witnessFact({ name, size, at, problem }: Seal['witnesses'][number]): [string, string] {
  const reached = at === undefined ? 'has signed nothing yet' : `has signed ${size} entries at ${at}`;
  return [`Witness ${name}`, problem === undefined ? reached : `${reached}; ${problem}`];
}

async function rotate(options: InstanceOptions & { reason: string; stolen?: boolean }): Promise<void> {
  const { reason, stolen = false } = options;
  const { key, from } = (await ask(dataDirOf(options), 'seal.rotate', {
    reason,
    isStolen: stolen,
  })) as Seal['keys'][number];
  print(`Beyond ${from} entries the log is signed with ${key}`);
  if (stolen) print('Nobody trusts the new key by the word of the stolen one: give auditors the policy anew.');
}
