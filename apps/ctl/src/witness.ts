import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { Failure, systemClock } from '@interoffice/telemetry';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { print } from './terminal.js';

interface SignOptions {
  readonly dir: string;
  readonly log: string[];
  readonly name: string;
}

/**
 * `interoffice archive witness …`: a witness on a box without network. What it is asked, and what it answers, is carried
 * there and back in files.
 */
export function addWitness(archive: Command): void {
  const witness = archive
    .command('witness')
    .description('a witness that is asked by files, say on a box without network');
  withInstance(
    witness.command('request').description('print what the witness is asked: the latest checkpoint, with a proof'),
  )
    .option('--since <size>', 'how many entries it has seen; 0 for the first time', '0')
    .addHelpText('after', '\nExample:\n  interoffice archive witness request --since 1200 > request.txt')
    .action(async (options: InstanceOptions & { since: string }) => {
      const { request } = (await ask(dataDirOf(options), 'seal.request', { since: options.since })) as {
        request: string;
      };
      process.stdout.write(request);
    });
  witness
    .command('sign')
    .argument('<request>', 'the file from `witness request`')
    .description('on the box of the witness: sign it, if nothing that was seen before was changed; needs no appliance')
    .requiredOption('--dir <dir>', 'where the witness keeps its key and what it has seen')
    .requiredOption('--log <key...>', 'the keys of the logs that it is a witness of')
    .option('--name <name>', 'the name of its key, made the first time', 'witness')
    .addHelpText(
      'after',
      '\nExample:\n  interoffice archive witness sign request.txt --dir ./witness --log corp.example/archive+5f2c7a10+AbCd… > signature.txt',
    )
    .action(sign);
  withInstance(witness.command('add').argument('<signature>', 'the file from `witness sign`'))
    .description('add the signature to the checkpoint it is for')
    .requiredOption('--key <key>', 'the key of the witness')
    .addHelpText('after', '\nExample:\n  interoffice archive witness add signature.txt --key witness+0c1d2e3f+BEfg…')
    .action(async (file: string, options: InstanceOptions & { key: string }) => {
      const line = await readFile(file, 'utf8');
      const { size } = (await ask(dataDirOf(options), 'seal.cosign', { line, key: options.key })) as { size: number };
      print(`The checkpoint of ${size} entries has one more signature.`);
    });
}

async function sign(file: string, { dir, log, name }: SignOptions): Promise<void> {
  const { FiledWitnessedLogs, parseVerifierKey, Witness, WitnessKey } = await import('@interoffice/archive');
  const folder = path.resolve(dir);
  const key = WitnessKey.open(folder, name);
  const state = new FiledWitnessedLogs(path.join(folder, 'seen.json'));
  const witness = new Witness({ key, logs: log.map(parseVerifierKey), state, clock: systemClock });
  const { status, body } = await witness.add(await readFile(file, 'utf8'));
  if (status === 409)
    throw new Failure(
      'WITNESS_REFUSED',
      `This witness has seen ${body.trim()} entries: ask again with --since ${body.trim()}.`,
    );
  if (status !== 200) throw new Failure('WITNESS_REFUSED', body);
  process.stderr.write(`Signed with ${witness.key}\n`);
  process.stdout.write(body);
}
