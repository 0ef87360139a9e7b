import { Failure } from '@interoffice/telemetry';
import { tryJid } from '@interoffice/wire';
import { type Explanation, fact, type Step } from './explanation.js';
import { explainDenial } from './explain-denial.js';
import type { OperationParts } from './operation-parts.js';

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

/** Why somebody can or cannot log in, and what else follows from the directory. */
export async function explainUser({ directories, people }: OperationParts, address: string): Promise<Explanation> {
  const jid = tryJid(address);
  if (!jid) throw new Failure('MALFORMED_REQUEST', `${address} is not a valid address.`);
  const said = await directories.explain(jid.toBare());
  if (!said) {
    const { directory, because } = await people.directory.explain(jid.toBare());
    return {
      verdict: `${jid.bare} cannot log in.`,
      steps: [fact('source', directory), ...because.map((one) => fact('because', one))],
    };
  }
  const { directory, dn, server, state, mayLogIn, because, filters, names, formerNames, groups, roles, rooms, teams } =
    said;
  return {
    verdict: mayLogIn ? `${jid.bare} can log in.` : `${jid.bare} cannot log in.`,
    steps: [
      fact('source', directory),
      ...(dn === undefined ? [] : [fact('entry', dn)]),
      ...(server === undefined ? [] : [fact('server', server)]),
      { step: 'state', outcome: state === 'active' ? 'passes' : 'fails', because: state },
      ...filters.map(({ name, passed, detail }): Step => ({
        step: name,
        outcome: passed ? 'passes' : 'fails',
        because: detail,
      })),
      ...because.map((one) => fact('because', one)),
      ...names.map((name) => fact('may type', name)),
      ...formerNames.map((name) => fact('former name', name)),
      ...groups.map(({ name, via }) => fact('group', via.length === 0 ? name : `${name}, via ${via.join(' → ')}`)),
      ...roles.map(({ role, scope, because: why }) => fact('role', `${role} (${scope}): ${why}`)),
      ...rooms.map(({ room, affiliation, because: why }) =>
        fact('room', why === undefined ? `${room}: ${affiliation}` : `${room}: ${affiliation}; ${why}`),
      ),
      ...teams.map(({ name, as, because: why }) => fact('contact list', `${name}: ${as}, ${why}`)),
    ],
  };
}

/** What lies behind a refusal's id: the row of the journal, without its content. */
export async function explainDecision(parts: OperationParts, id: string): Promise<Explanation> {
  const { officers, xmpp } = parts;
  const denial = await xmpp.federation?.decisions.find(id);
  if (denial) return explainDenial(denial, parts);
  const row = await officers.find(id, '*');
  if (!row) return { verdict: `The journal has no decision ${id}.`, steps: [] };
  const { atMs, from, to, verdict } = row;
  const outcome = verdict === 'passed' ? 'passes' : verdict;
  return {
    verdict: `${verdict} at ${new Date(atMs).toISOString()}; the event stanza.refused with this decisionId says which rule.`,
    steps: [{ step: `${from} → ${to}`, outcome, because: `the message was ${verdict}` }],
  };
}
