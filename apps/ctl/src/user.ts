import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Failure } from '@interoffice/telemetry';
import { ask } from './control-client.js';
import { readCsv } from './csv.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { print, printJson, printTable, progressBar, readPassword } from './terminal.js';

const ROLES = ['employee', 'helpdesk', 'peers', 'admin', 'readonly', 'officer', 'auditor'];
const COLUMNS = ['jid', 'password', 'name', 'office', 'role'] as const;

interface AddOptions extends InstanceOptions {
  readonly passwordStdin?: boolean;
  readonly name?: string;
  readonly office?: string;
  readonly role: string;
}

interface Account {
  readonly jid: string;
  readonly name: string | null;
  readonly office: string | null;
  readonly role: string;
  readonly state: string;
}

/** `interoffice user …`: local accounts. */
export function addUser(program: Command): void {
  const user = program.command('user').description('local accounts');

  withInstance(user.command('add <jid>'))
    .description('make a local account')
    .requiredOption('--password-stdin', 'read the password from standard input')
    .option('--name <name>', 'full name')
    .option('--office <office>', 'office')
    .addOption(new Option('--role <role>', 'role').choices(ROLES).default('employee'))
    .addHelpText(
      'after',
      '\nExample:\n  interoffice user add anna@corp.example --name "Anna Berg" --password-stdin < secret',
    )
    .action(async (jid: string, options: AddOptions) => {
      const { name, office, role } = options;
      await ask(dataDirOf(options), 'user.add', { jid, name, office, role, password: await readPassword() });
      print(`${jid} can log in.`);
    });

  withInstance(user.command('import <file>'))
    .description('make local accounts from a CSV file with the header jid,password,name,office,role')
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', '\nExample:\n  interoffice user import people.csv')
    .action(importUsers);

  withInstance(user.command('list'))
    .description('accounts, with their state and role')
    .option('--text <text>', 'only those whose name or address contains this')
    .option('--limit <n>', 'at most this many', whole, 1000)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  interoffice user list --text berg')
    .action(async (options: InstanceOptions & { text?: string; limit: number; json?: boolean }) => {
      const { text, limit } = options;
      const found = (await ask(dataDirOf(options), 'user.list', { text, limit })) as Account[];
      if (options.json) return printJson(found);
      if (found.length === 0) return print('No accounts.');
      printTable(
        ['ADDRESS', 'NAME', 'OFFICE', 'ROLE', 'STATE'],
        found.map((a) => [a.jid, a.name ?? '', a.office ?? '', a.role, a.state]),
      );
    });

  withInstance(user.command('rename <jid> <newjid>'))
    .description('give an account another address; messages to the old one are forwarded for a while')
    .addHelpText('after', '\nExample:\n  interoffice user rename anna.berg@corp.example anna.meier@corp.example')
    .action(async (jid: string, to: string, options: InstanceOptions) => {
      const renamed = (await ask(dataDirOf(options), 'user.rename', { jid, to })) as Account;
      print(`${jid} is ${renamed.jid} from now on; its devices log in again.`);
    });

  for (const [verb, does, done] of [
    [
      'suspend',
      'end all streams of an account and refuse its log-ins',
      'is suspended: its streams are closed, log-ins are refused.',
    ],
    ['restore', 'let a suspended account log in again', 'can log in again.'],
    [
      'delete',
      'end an account for good; its address is never given to another person',
      'is deleted; what it wrote stays in the archive.',
    ],
  ] as const) {
    withInstance(user.command(`${verb} <jid>`))
      .description(does)
      .addHelpText('after', `\nExample:\n  interoffice user ${verb} anna@corp.example`)
      .action(async (jid: string, options: InstanceOptions) => {
        await ask(dataDirOf(options), `user.${verb}`, { jid });
        print(`${jid} ${done}`);
      });
  }
}

async function importUsers(file: string, options: InstanceOptions & { json?: boolean }): Promise<void> {
  const rows = readCsv(readFileSync(file, 'utf8'), COLUMNS);
  const outcome = (await ask(dataDirOf(options), 'user.import', { rows }, progressBar('Importing'))) as {
    made: number;
    refused: { line: number; jid: string; reason: string }[];
  };
  if (options.json) printJson(outcome);
  else {
    for (const { line, jid, reason } of outcome.refused) process.stderr.write(`${file}:${line}: ${jid}: ${reason}\n`);
    print(`${outcome.made} accounts made, ${outcome.refused.length} refused.`);
  }
  if (outcome.refused.length > 0)
    throw new Failure('ROWS_REFUSED', `${outcome.refused.length} rows of ${file} were refused.`);
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Not a positive whole number.');
  return value;
}
