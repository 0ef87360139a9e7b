import type { Command } from 'commander';
import { Failure } from '@interoffice/telemetry';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { coloured, print, printJson } from './terminal.js';

/** One line of an explanation: what was asked, what came out, and why. */
interface Step {
  readonly step: string;
  readonly outcome: 'passes' | 'refused' | 'dropped' | 'fails' | 'fact';
  readonly because: string;
}

interface Explanation {
  readonly verdict: string;
  readonly steps: readonly Step[];
}

type ExplainOptions = InstanceOptions & { json?: boolean };

/** `interoffice explain …`: which rule decides, and why. */
export function addExplain(program: Command): void {
  const explain = withInstance(program.command('explain'))
    .description('why a message passes or not, why somebody cannot log in, what lies behind a refusal')
    .argument('<what>', 'FROM address, or "user", or "decision"')
    .argument('<which>', 'TO address, the account, or the decision id')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  interoffice explain anna@corp.example bob@corp.example
  interoffice explain user anna@corp.example
  interoffice explain decision 019a41c2d3e4f506`,
    );
  explain.action(async (what: string, which: string, options: ExplainOptions) => {
    const [operation, input] =
      what === 'user'
        ? ['explain.user', { jid: which }]
        : what === 'decision'
          ? ['explain.decision', { id: which }]
          : ['explain.message', { from: what, to: which }];
    show((await ask(dataDirOf(options), operation, input)) as Explanation, options);
  });
}

function show(explanation: Explanation, { json }: ExplainOptions): void {
  if (json) return printJson(explanation);
  for (const { step, outcome, because } of explanation.steps) {
    const colour = outcome === 'passes' ? 'green' : outcome === 'fact' ? 'yellow' : 'red';
    print(`${coloured(outcome.padEnd(8), colour)} ${step}: ${because}`);
  }
  print(explanation.verdict);
  if (explanation.steps.length === 0) throw new Failure('NOTHING_KNOWN', 'Nothing is known of it.');
}
