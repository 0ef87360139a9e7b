import { type Jid, NS, Scanner, serialize, type Vocabulary, xml } from '@interoffice/wire';
import type { Account } from './accounts.js';
import type { Target } from './address.js';
import { scanOne } from './canonical.js';
import { type Compilation, type Compiled, slotOf } from './compile.js';
import type { Phase } from './phases.js';
import { Passage } from './passage.js';
import type { Dropped, Refused } from './verdict.js';
import { Position } from './position.js';
import { Session, type SessionContext } from './session.js';

/** One station on the way, and what it would decide. */
export interface ExplainedStep {
  readonly step: string;
  readonly outcome: 'passes' | 'refused' | 'dropped' | 'fails' | 'fact';
  readonly because: string;
}

export interface Explaining {
  readonly compiled: Compilation;
  readonly vocabulary: Vocabulary;
  readonly author: Account;
  readonly from: Jid;
  readonly target: Target;
}

const NOWHERE: SessionContext = {
  released: new Position(),
  isReadable: false,
  fellBehind: () => undefined,
  unwritten: () => undefined,
  givenUp: () => undefined,
};

const ROUTES: Readonly<Record<Target['class'], string>> = {
  account: 'an account of this server',
  device: 'a device of an account of this server',
  server: 'this server itself, which takes no messages',
  nobody: 'an address at our domain that belongs to no one',
  elsewhere: 'another domain, to which there is no connection',
  service: 'a service of this server, which takes no messages',
  room: 'a room of this server',
  occupant: 'somebody in a room of this server',
};

/** Asks every feature of admit, screen and welcome about a chat message that nobody has sent. Changes nothing. */
export function explain(parts: Explaining): ExplainedStep[] {
  const { compiled, target } = parts;
  const steps: ExplainedStep[] = [
    { step: 'route', outcome: routes(target) ? 'passes' : 'refused', because: ROUTES[target.class] },
  ];
  if (target.account && !target.account.facts.isActive) {
    steps.push({ step: 'receiver', outcome: 'refused', because: `${target.account.bare} is not active` });
  }
  const p = imagined(parts);
  const slot = slotOf('message', 'chat', target.class);
  // Those that a message like this does not meet have no say in it.
  const met = <P extends Phase>(phase: P): readonly Compiled<P>[] =>
    compiled.hooks(phase)[slot]!.filter(({ mask }) => mask === 0 || (mask & p.bits) !== 0);
  for (const { feature, run } of met('admit')) steps.push(ask(`admit ${feature}`, () => run(p)));
  for (const { feature, run } of met('screen')) steps.push(ask(`screen ${feature}`, () => run(p)));
  const { account } = target;
  if (account)
    for (const { feature, run } of met('welcome')) steps.push(ask(`welcome ${feature}`, () => run(p, account)));
  return steps;
}

function routes(target: Target): boolean {
  return target.class === 'account' || target.class === 'device' || target.hosted !== undefined;
}

/** A message as the author would send it, from a device that nobody has bound. */
function imagined({ vocabulary, author, from, target }: Explaining): Passage {
  const stanza = xml('message', { xmlns: NS.client, type: 'chat', to: target.jid.toString() }, xml('body', {}, '?'));
  const text = Buffer.from(`${serialize(stanza)} `);
  const scan = new Scanner(vocabulary);
  scanOne(scan, text, text.length - 1);
  const passage = new Passage();
  const device = from.resource === undefined ? from.withResource('explain') : from;
  passage.over('message', new Session(author, device, undefined, NOWHERE), text, scan);
  passage.towards(target);
  return passage;
}

function ask(step: string, decide: () => Refused | Dropped | undefined): ExplainedStep {
  try {
    const decision = decide();
    return decision
      ? { step, outcome: decision.verdict, because: decision.because }
      : { step, outcome: 'passes', because: 'has nothing against it' };
  } catch (error) {
    // As for a real message: a policy that fails refuses.
    return { step, outcome: 'fails', because: `the feature failed: ${(error as Error).message}` };
  }
}
