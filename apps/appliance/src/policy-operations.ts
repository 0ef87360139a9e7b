import { type Direction, STANZA_CLASSES, type StanzaClass } from '@interoffice/policy';
import type { XmppServer } from '@interoffice/server';
import { Failure } from '@interoffice/telemetry';
import { tryJid } from '@interoffice/wire';
import type { Operations } from './control.js';
import { read } from './input.js';
import { type OperationParts, OPERATOR } from './operation-parts.js';
import { ownSideOf } from './own-side.js';

type Input = Readonly<Record<string, unknown>>;
const MOST_VERSIONS = 20;

/** What `interoffice policy …` asks: the rules that hold, what they would say, and that the file is read again. */
export function policyOperations(parts: OperationParts): Operations {
  return {
    'policy.show': async () => {
      const { policy, rules } = open(parts.xmpp);
      const versions = await parts.versions.list(MOST_VERSIONS);
      return {
        version: policy.version,
        problem: parts.policy.problem ?? null,
        rules,
        versions: versions.map(({ rules: { length }, ...one }) => ({ ...one, rules: length })),
      };
    },
    'policy.reload': () => parts.policy.reload(OPERATOR),
    'policy.ask': (input) => ask(parts, input),
  };
}

/** What the rules that hold say of one thing between two people. Nothing is sent, and nothing is written down. */
async function ask(parts: OperationParts, input: Input): Promise<unknown> {
  const [from, to] = [read.text(input, 'from'), read.text(input, 'to')];
  const kind = read.optionalText(input, 'class') ?? 'chat';
  if (!isClass(kind))
    throw new Failure('MALFORMED_REQUEST', `${kind} is no class; there are ${STANZA_CLASSES.join(', ')}.`);
  const sides = await Promise.all([from, to].map((address) => ownSideOf(parts, address)));
  const direction: Direction = sides[0] ? 'out' : 'in';
  const ours = sides[0] ?? sides[1];
  const peer = tryJid(direction === 'out' ? to : from)?.domain;
  if (!ours) throw new Failure('NO_SUCH_ACCOUNT', `Neither ${from} nor ${to} is an address of ours.`);
  if (peer === undefined) throw new Failure('MALFORMED_REQUEST', `${direction === 'out' ? to : from} is no address.`);
  if (sides[0] && sides[1]) throw new Failure('NO_PEER', 'Both are ours: rules of federation say nothing about that.');
  const { decision, considered } = open(parts.xmpp).policy.explain({ peer, direction, classes: [kind], ours });
  const { isAllowed, because, version, rule } = decision;
  return { isAllowed, because, version, rule: rule?.id ?? null, considered };
}

function isClass(kind: string): kind is StanzaClass {
  return (STANZA_CLASSES as readonly string[]).includes(kind);
}

function open({ federation }: Pick<XmppServer, 'federation'>): NonNullable<XmppServer['federation']> {
  if (federation?.isOn === true) return federation;
  throw new Failure('FEDERATION_OFF', 'No rule under federation.rules lets anything pass: nobody is a peer.');
}
