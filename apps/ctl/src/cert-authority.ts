import { readFile } from 'node:fs/promises';
import { type Command } from 'commander';
import { AuthorityFolder, type IssuedRecord, serialOf } from '@interoffice/pki';
import { Failure, systemClock } from '@interoffice/telemetry';
import { readGiven, writeOut } from './cert-files.js';
import { day } from './cert-print.js';
import { oneLine, print, printJson, printTable } from './terminal.js';

interface Options {
  readonly dir: string;
  readonly json?: boolean;
  readonly out?: string;
  readonly days: number;
  readonly subject: string;
  readonly root?: string;
  readonly domain?: readonly string[];
  readonly name: readonly string[];
  readonly signer?: readonly string[];
  readonly publicKey?: string;
}

const ROOT_DAYS = 7_305;
const OFFICE_DAYS = 1_826;

/** `interoffice cert ca …`: the company's own authorities. On files alone: no server is needed, nor any network. */
export function addAuthority(cert: Command): void {
  const ca = cert
    .command('ca')
    .description('own authorities, in a folder each; a root that is kept off line, one below it for each office');
  const command = (words: string, says: string, example: string): Command =>
    ca
      .command(words)
      .description(says)
      .requiredOption('--dir <folder>', 'the folder of the authority')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  interoffice cert ca ${example}`);

  command(
    'init',
    'a new authority: a root, or with --root one of an office below it',
    'init --dir /media/stick/root --subject "Corp Root"\n  interoffice cert ca init --dir ./berlin-ca --subject "Corp Berlin" --root /media/stick/root --domain berlin.corp.example',
  )
    .requiredOption('--subject <name>', 'its name')
    .option('--root <folder>', 'the root that signs it')
    .option('--domain <domain...>', 'the only domains that an office’s authority may vouch for')
    .option('--days <n>', 'how long it is good', whole)
    .option('--signer <words...>', 'a program that signs, instead of a key in the folder (its words, one each)')
    .option('--public-key <file>', 'PEM, of the key that the program signs with')
    .action(init);
  command(
    'issue <request>',
    'a certificate for a request, PEM (- is standard input)',
    'issue berlin.csr --dir ./berlin-ca --name berlin.corp.example --out berlin.pem',
  )
    .requiredOption('--name <domain...>', 'what the request has to ask for, no more and no less')
    .option('--days <n>', 'how long it is good', whole, 397)
    .option('--out <file>', 'write it here instead of printing it')
    .action(issue);
  command('list', 'what it has issued', 'list --dir ./berlin-ca').action(list);
  command(
    'revoke <certificate>',
    'take a certificate back: its number, or its file',
    'revoke --dir ./berlin-ca berlin.pem',
  ).action(revoke);
  command(
    'crl',
    'the list of what was taken back, for trust.crl of others',
    'crl --dir ./berlin-ca --days 7 --out berlin.crl',
  )
    .option('--days <n>', 'until when the next list comes', whole, 7)
    .option('--out <file>', 'write it here instead of printing it')
    .action(async ({ dir, days, out, json }: Options) => {
      const list = await (await AuthorityFolder.open(dir, systemClock)).revocationList(days);
      if (json) printJson({ list });
      else await writeOut(list, out);
    });
}

async function init({ dir, subject, root, domain, days, signer: command, publicKey, json }: Options): Promise<void> {
  if ((command === undefined) !== (publicKey === undefined)) {
    throw new Failure('SIGNER_KEY_INVALID', '--signer and --public-key belong together.');
  }
  const signer = command && { command, publicKey: (await readGiven(publicKey!)).toString('utf8') };
  const about = { subject, signer };
  if ((root === undefined) !== (domain === undefined)) {
    throw new Failure('AUTHORITY_DOMAINS', 'An office’s authority needs --root and --domain; a root has neither.');
  }
  const made =
    root === undefined
      ? await AuthorityFolder.makeRoot(dir, { ...about, days: days ?? ROOT_DAYS }, systemClock)
      : await (
          await AuthorityFolder.open(root, systemClock)
        ).makeOffice(dir, { ...about, days: days ?? OFFICE_DAYS, domains: domain! });
  const { notAfter, fingerprint } = made.facts;
  if (json) return printJson({ subject, notAfter, fingerprint });
  print(
    `${subject} is in ${dir}, good until ${day(notAfter)}. ${root === undefined ? 'Keep this folder off line.' : ''}`.trimEnd(),
  );
  print(`Its certificate is authority.pem: SHA-256 ${fingerprint}`);
}

async function issue(request: string, { dir, name, days, out, json }: Options): Promise<void> {
  const authority = await AuthorityFolder.open(dir, systemClock);
  const certificate = await authority.issue((await readGiven(request)).toString('latin1'), { served: name, days });
  if (json) printJson({ certificate, serial: serialOf(certificate) });
  else await writeOut(certificate, out);
}

async function list({ dir, json }: Options): Promise<void> {
  const items = await (await AuthorityFolder.open(dir, systemClock)).issued();
  if (json) return printJson({ items });
  if (items.length === 0) return print('Nothing was issued yet.');
  printTable(
    ['NUMBER', 'ISSUED', 'ENDS', 'STATE', 'NAMES'],
    items.map(({ serial, at, notAfter, names, revokedAt }) => [
      serial,
      day(at),
      day(notAfter),
      revokedAt === undefined ? 'good' : `taken back ${day(revokedAt)}`,
      oneLine(names.join(', ')),
    ]),
  );
}

async function revoke(certificate: string, { dir, json }: Options): Promise<void> {
  const serial = /^[0-9a-f:]{8,64}$/i.test(certificate) ? certificate : serialOf(await readFile(certificate, 'utf8'));
  const revoked: IssuedRecord = await (await AuthorityFolder.open(dir, systemClock)).revoke(serial);
  if (json) return printJson(revoked);
  print(`${revoked.serial} is taken back. Give others the next list: interoffice cert ca crl --dir ${dir}`);
}

function whole(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number > 0) return number;
  throw new Failure('WRONG_NUMBER', `"${text}" is no number of days.`);
}
