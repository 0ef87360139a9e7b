import { Failure } from '@interoffice/telemetry';
import { tryJid } from '@interoffice/wire';
import type { OperationParts } from './operation-parts.js';

export interface Step {
  readonly step: string;
  readonly outcome: 'passes' | 'refused' | 'dropped' | 'fails' | 'fact';
  readonly because: string;
}

export interface Explanation {
  readonly verdict: string;
  readonly steps: readonly Step[];
}

/** Would a chat message pass from one address to the other, and who decides? Nothing is sent. */
export async function explainMessage({ xmpp, people }: OperationParts, from: string, to: string): Promise<Explanation> {
  const [author, receiver] = [tryJid(from), tryJid(to)];
  if (!author || !receiver) throw new Failure('MALFORMED_REQUEST', `${author ? to : from} is not a valid address.`);
  const account = await people.directory.find(author.toBare());
  const steps: Step[] = [
    account
      ? {
          step: 'author',
          outcome: account.state === 'active' ? 'passes' : 'fails',
          because: `${author.bare} is ${account.state}`,
        }
      : { step: 'author', outcome: 'fails', because: `there is no account ${author.bare} here` },
  ];
  if (account) steps.push(...(await xmpp.routing.explain(author, receiver)));
  const against = steps.find(({ outcome }) => outcome !== 'passes' && outcome !== 'fact');
  return { steps, verdict: against ? `No: ${against.because} (${against.step}).` : 'Yes: a chat message passes.' };
}

/** Why somebody can or cannot log in. */
export async function explainUser({ people }: OperationParts, address: string): Promise<Explanation> {
  const jid = tryJid(address);
  if (!jid) throw new Failure('MALFORMED_REQUEST', `${address} is not a valid address.`);
  const { directory, dn, state, mayLogIn, because } = await people.directory.explain(jid.toBare());
  return {
    verdict: mayLogIn ? `${jid.bare} can log in.` : `${jid.bare} cannot log in.`,
    steps: [
      { step: 'source', outcome: 'fact', because: directory },
      ...(dn === undefined ? [] : [{ step: 'entry', outcome: 'fact' as const, because: dn }]),
      { step: 'state', outcome: state === 'active' ? 'passes' : 'fails', because: state },
      ...because.map((fact): Step => ({ step: 'because', outcome: 'fact', because: fact })),
    ],
  };
}

/** What lies behind a refusal's id: the row of the journal, without its content. */
export async function explainDecision({ officers }: OperationParts, id: string): Promise<Explanation> {
  const row = await officers.find(id, '*');
  if (!row) return { verdict: `The journal has no decision ${id}.`, steps: [] };
  const { atMs, from, to, verdict } = row;
  const outcome = verdict === 'passed' ? 'passes' : verdict;
  return {
    verdict: `${verdict} at ${new Date(atMs).toISOString()}; the event stanza.refused with this decisionId says which rule.`,
    steps: [{ step: `${from} → ${to}`, outcome, because: `the message was ${verdict}` }],
  };
}
