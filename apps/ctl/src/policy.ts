import path from 'node:path';
import type { Command } from 'commander';
import { loadSettings } from '@interoffice/config';
import { Policy } from '@interoffice/policy';
import { systemClock } from '@interoffice/telemetry';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { coloured, oneLine, print, printJson, printTable } from './terminal.js';

interface Rule {
  readonly id: string;
  readonly effect: 'allow' | 'deny';
  readonly peers: readonly string[];
  readonly directions: readonly string[];
  readonly classes: readonly string[];
  readonly who: readonly (string | Readonly<Record<string, string>>)[];
  readonly reason: string;
  readonly owner: string;
  readonly expiresAt?: number;
}

interface Shown {
  readonly version: number;
  readonly problem: { readonly text: string; readonly sinceMs: number } | null;
  readonly rules: readonly Rule[];
  readonly versions: readonly { version: number; atMs: number; actor: string; rules: number }[];
}

interface Reloaded {
  readonly version: number;
  readonly rules: number;
  readonly changes: Readonly<Record<'added' | 'removed' | 'changed', readonly string[]>>;
  /** Other settings, by name: those that hold now, and those of the next start. */
  readonly settings: { readonly followed: readonly string[]; readonly waiting: readonly string[] };
}

interface Answer {
  readonly isAllowed: boolean;
  readonly because: string;
  readonly version: number;
  readonly considered: readonly { id: string; effect: string; outcome: string; reason: string; owner: string }[];
}

type Options = InstanceOptions & { readonly json?: boolean };

/** `interoffice policy …`: who may talk to other servers. */
export function addPolicy(program: Command): void {
  const policy = program.command('policy').description('who may talk to other servers: the rules, and what they say');
  const command = (words: string, says: string, example: string): Command =>
    withInstance(policy.command(words))
      .description(says)
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  interoffice policy ${example}`);
  command('show', 'the rules that hold, their version, and whether the settings file is followed', 'show').action(
    async (options: Options) => {
      const shown = (await ask(dataDirOf(options), 'policy.show', {})) as Shown;
      if (options.json) printJson(shown);
      else show(shown);
    },
  );
  policy
    .command('check <file>')
    .description('is a settings file understood, rules included? Asks nobody; names line and key of what is wrong')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  interoffice policy check interoffice.yaml')
    .action((file: string, { json }: { json?: boolean }) => {
      const { rules } = loadSettings({ file: path.resolve(file) }).federation;
      void new Policy(rules, 0, systemClock);
      if (json) return printJson({ rules });
      print(
        rules.length === 0 ? `${file} has no rules: nothing passes.` : `${file} is understood: ${rules.length} rules.`,
      );
    });
  command('reload', 'read the settings file again; its rules hold at once, on open streams too', 'reload').action(
    async (options: Options) => {
      const outcome = (await ask(dataDirOf(options), 'policy.reload', {})) as Reloaded;
      if (options.json) printJson(outcome);
      else {
        print(outcomeText(outcome));
        const { followed, waiting } = outcome.settings;
        if (followed.length > 0) print(`Other settings that hold now: ${followed.join(', ')}`);
        if (waiting.length > 0) print(coloured(`Waits for the next start: ${waiting.join(', ')}`, 'yellow'));
      }
    },
  );
  command('ask', 'what the rules say of something between two people; nothing is sent', `ask ${EXAMPLE}`)
    .requiredOption('--from <jid>', 'who sends it')
    .requiredOption('--to <jid>', 'who gets it')
    .option('--class <class>', 'chat, room, presence, file, call, pubsub or iq', 'chat')
    .action(async ({ from, to, class: kind, ...options }: Options & Record<'from' | 'to' | 'class', string>) => {
      const answer = (await ask(dataDirOf(options), 'policy.ask', { from, to, class: kind })) as Answer;
      if (options.json) return printJson(answer);
      for (const { id, effect, outcome, reason, owner } of answer.considered) {
        print(`rule ${id}: ${effect}, ${outcome}: ${oneLine(reason)} (${oneLine(owner)})`);
      }
      const word = answer.isAllowed ? coloured('passes', 'green') : coloured('is refused', 'red');
      print(`It ${word} by version ${answer.version}: ${answer.because}`);
    });
}

const EXAMPLE = '--from anna@corp.example --to bob@partner.example --class file';

function show({ version, problem, rules, versions }: Shown): void {
  if (problem)
    print(`${coloured('The settings file is not followed', 'red')} since ${moment(problem.sinceMs)}: ${problem.text}`);
  const since = versions.find((one) => one.version === version);
  print(`Version ${version}${since ? `, since ${moment(since.atMs)}, by ${since.actor}` : ''}`);
  if (rules.length === 0) return print('No rules: nothing passes.');
  printTable(
    ['RULE', 'EFFECT', 'PEERS', 'WAYS', 'CLASSES', 'WHO', 'UNTIL', 'OWNER'],
    rules.map(({ id, effect, peers, directions, classes, who, expiresAt, owner }) => [
      id,
      effect,
      oneLine(peers.join(' ')),
      directions.join(' '),
      classes.join(' '),
      oneLine(who.map((one) => (typeof one === 'string' ? one : Object.values(one).join(' '))).join(', ')),
      expiresAt === undefined ? '' : moment(expiresAt).slice(0, 10),
      oneLine(owner),
    ]),
  );
}

function outcomeText({ version, rules, changes }: Reloaded): string {
  const parts = Object.entries(changes).flatMap(([what, ids]) => (ids.length === 0 ? [] : `${what} ${ids.join(', ')}`));
  if (parts.length === 0) return `The rules are those of before: version ${version}, ${rules} rules.`;
  return `Version ${version} holds, ${rules} rules: ${parts.join('; ')}.`;
}

function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
