import { type Command, Option } from 'commander';
import { loadSettings } from '@interoffice/config';
import { Failure, systemClock } from '@interoffice/telemetry';
import { addAuthority } from './cert-authority.js';
import { readGiven, readPassphrase, writeOut } from './cert-files.js';
import { type Request, type Row, showCertificates, showRequests, type Standing, stateText } from './cert-print.js';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { print, printJson } from './terminal.js';

interface Options extends InstanceOptions {
  readonly json?: boolean;
  readonly out?: string;
  readonly name?: readonly string[];
  readonly key?: string;
  readonly to?: string;
  readonly passphraseFile?: string;
  readonly anyEnd?: boolean;
  readonly format?: 'pem' | 'pkcs12';
}

interface Placed {
  readonly chain: { readonly isComplete: boolean; readonly root?: string; readonly text?: string };
}

/** `interoffice cert …`: certificates, ours and those of peers; requests for ours; the company's own authorities. */
export function addCert(program: Command): void {
  const cert = program.command('cert').description('certificates: ours and those of peers, requests, own authorities');
  const command = (words: string, says: string, example: string): Command =>
    withInstance(cert.command(words))
      .description(says)
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  interoffice cert ${example}\n\n${WHERE}`);
  command('list', 'our certificates and those of peers, until when they are good, who renews ours', 'list').action(
    async (options: Options) => {
      const { items, standing } = (await work(options, 'cert.list')) as { items: Row[]; standing: Standing };
      if (options.json) printJson({ items, standing });
      else showCertificates(items, standing);
    },
  );
  addRequests(command);
  addFiles(command);
  addAuthority(cert);
}

const WHERE =
  'A server that runs on the data directory is asked. Where none runs, and for gateways, name their settings by --config:\n' +
  'the files are then worked on, and a gateway that runs sees them within seconds.';

type Made = (words: string, says: string, example: string) => Command;

function addRequests(command: Made): void {
  command('request', 'a new key, which stays here, and a request (PKCS #10) for an authority', 'request --out corp.csr')
    .option('--name <domain...>', 'what it asks for, instead of all that is served')
    .addOption(new Option('--key <kind>', 'kind of key').choices(['P-256', 'P-384', 'RSA-3072']))
    .option('--to <whom>', 'note to whom it goes')
    .option('--out <file>', 'write the request here instead of printing it')
    .action(async (options: Options) => {
      const made = (await work(options, 'cert.request', { names: options.name, key: options.key })) as MadeRequest;
      const { id } = made.request;
      if (options.to !== undefined) await work(options, 'cert.sent', { id, to: options.to });
      if (options.out !== undefined) await writeOut(made.pem, options.out);
      if (options.json) return printJson(made);
      if (options.out === undefined) return writeOut(made.pem, undefined);
      print(`${id} asks for ${made.request.names.join(', ')}. Its answer goes to: interoffice cert answer ${id} FILE`);
    });
  command('requests', 'the requests, and since when and for whom they wait', 'requests').action(
    async (options: Options) => {
      const { items } = (await work(options, 'cert.requests')) as { items: Request[] };
      if (options.json) printJson({ items });
      else showRequests(items, systemClock.now());
    },
  );
  command('show <request>', 'print a request once more', 'show 0f… > corp.csr').action(
    async (id: string, options: Options) => {
      const { pem } = (await work(options, 'cert.show', { id })) as { pem: string };
      if (options.json) printJson({ pem });
      else await writeOut(pem, undefined);
    },
  );
  command('sent <request>', 'note that a request went to an authority', 'sent 0f… --to "Corp CA, ticket 4711"')
    .requiredOption('--to <whom>', 'to whom it went')
    .action(async (id: string, options: Options) => {
      const { request } = (await work(options, 'cert.sent', { id, to: options.to })) as { request: Request };
      if (options.json) printJson({ request });
      else print(stateText(request, systemClock.now()));
    });
  command('remove <request>', 'forget a request with its key', 'remove 0f…').action(
    async (id: string, options: Options) => {
      await work(options, 'cert.remove', { id });
      if (options.json) printJson({});
      else print(`${id} is forgotten.`);
    },
  );
  withFile(
    command(
      'answer <request> <file>',
      'put the certificate that came in place; what is broken or incomplete is refused, and the one in use kept',
      'answer 0f… corp.pem',
    ),
  ).action(async (id: string, file: string, options: Options) => {
    const placed = (await work(options, 'cert.answer', { id, ...(await given(file, options)) })) as Placed;
    if (options.json) printJson(placed);
    else print(placedText(placed));
  });
}

interface MadeRequest {
  readonly request: Request;
  readonly pem: string;
}

function addFiles(command: Made): void {
  command('renew', 'get a new certificate now, as certificate.renew says; open streams stay', 'renew').action(
    async (options: Options) => {
      await work(options, 'cert.renew');
      if (options.json) printJson({});
      else print('A new certificate is in place.');
    },
  );
  withFile(
    command(
      'import <file>',
      'put key and certificate of a file in place, PEM or PKCS #12',
      'import corp.p12 --passphrase-file -',
    ),
  )
    .alias('install')
    .action(async (file: string, options: Options) => {
      const placed = (await work(options, 'cert.import', await given(file, options))) as Placed;
      if (options.json) printJson(placed);
      else print(placedText(placed));
    });
  command(
    'export <file>',
    'write key and certificate in use to a file of mode 0600',
    'export corp.p12 --format pkcs12 --passphrase-file secret',
  )
    .addOption(new Option('--format <kind>', 'of the file').choices(['pem', 'pkcs12']).default('pem'))
    .option('--passphrase-file <file>', 'its first line protects PKCS #12; - is standard input')
    .action(async (file: string, options: Options) => {
      const passphrase = await readPassphrase(options.passphraseFile);
      if ((options.format === 'pkcs12') !== (passphrase !== undefined)) {
        throw new Failure('PKCS12_PASSPHRASE', 'PKCS #12 needs a pass phrase (--passphrase-file), and PEM has none.');
      }
      const written = (await work(options, 'cert.export', { passphrase })) as { file: string };
      await writeOut(Buffer.from(written.file, 'base64'), file, 0o600);
      if (options.json) printJson({ file });
      else print(`${file} holds the private key: guard it.`);
    });
}

function withFile(command: Command): Command {
  return command
    .option('--passphrase-file <file>', 'its first line opens PKCS #12; - is standard input')
    .option('--any-end', 'peers trust what the chain ends at, although it is not known here');
}

async function given(path: string, { passphraseFile, anyEnd }: Options): Promise<object> {
  if (path === '-' && passphraseFile === '-') {
    throw new Failure('FILE_UNREADABLE', 'Standard input cannot be the file and the pass phrase.');
  }
  const file = (await readGiven(path)).toString('base64');
  const passphrase = await readPassphrase(passphraseFile);
  return { file, passphrase, chain: anyEnd === true ? 'any-end' : 'known-root' };
}

function placedText({ chain }: Placed): string {
  return `The certificate is in place. ${chain.isComplete ? `Its chain ends at ${chain.root ?? ''}.` : (chain.text ?? '')}`;
}

/** Asks the server that runs, or works on the files of the settings that are named. */
async function work(options: Options, operation: string, input: object = {}): Promise<unknown> {
  const dataDir = dataDirOf(options);
  try {
    return await ask(dataDir, operation, input);
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'NOT_RUNNING')) throw error;
    if (options.config === undefined) {
      throw new Failure('NOT_RUNNING', `${error.message} To work on its files, name its settings by --config.`);
    }
    const { offlineCertificateOperations } = await import('@interoffice/appliance');
    const offline = offlineCertificateOperations(loadSettings({ file: options.config }), systemClock)[operation]!;
    return offline(JSON.parse(JSON.stringify(input)) as Record<string, unknown>, () => undefined);
  }
}
