import { type Broadcast, facet, type Questions, type Session } from '@interoffice/routing';
import type { Clock } from '@interoffice/telemetry';
import { type Element, NS, xml } from '@interoffice/wire';
import type { Interests } from '../interests.js';
import { tryRead } from '../readable.js';
import { Asking } from './asking.js';
import { canVerify, verificationString, wantedNodes } from './verification.js';

/** Verified answers that are remembered; the longest unused is forgotten first. */
const MOST_KNOWN = 1000;
/** A device that wants more nodes than this, or longer names, counts as one that wants none. */
const MOST_NODES = 500;
const MOST_NAMES = 16_384;
/** What may wait for one device's answer; beyond this it misses events. */
const MOST_WAITING = 64;

type Then = (nodes: ReadonlySet<string>) => void;

/** What a device's presence says it can do, and what that means as soon as it is known. */
interface Caps {
  readonly node: string;
  readonly hash: string;
  readonly ver: string;
  nodes: ReadonlySet<string> | undefined;
  waiting: Then[];
}

/** The caps of a device, and the broadcast they were read from last. */
const capsOf = facet<{ readonly from: Broadcast; readonly caps: Caps | undefined } | undefined>('caps', undefined);
const NONE: ReadonlySet<string> = new Set();

/**
 * Entity capabilities: an unknown `ver` is asked about once, whoever has it; what is answered is remembered only when its
 * hash is right, so nobody can say for others what they want (T-11). XEP-0115
 */
export class Capabilities implements Interests {
  readonly #known = new Map<string, ReadonlySet<string>>();
  readonly #asking = new Map<string, Asking>();

  constructor(
    private readonly questions: Pick<Questions, 'ask'>,
    private readonly clock: Clock,
  ) {}

  whenKnown(session: Session, then: Then): void {
    const caps = this.#read(session);
    if (!caps) return;
    if (caps.nodes) return then(caps.nodes);
    if (caps.waiting.length < MOST_WAITING) caps.waiting.push(then);
    this.#learn(session, caps);
  }

  /** The device has said in its presence what it can do. */
  learn(session: Session): void {
    const caps = this.#read(session);
    if (caps && !caps.nodes) this.#learn(session, caps);
  }

  /** The device is gone; if it was asked, another one is. */
  gone(session: Session): void {
    const caps = session.get(capsOf)?.caps;
    if (!caps) return;
    caps.waiting = [];
    this.#leave(keyOf(caps, session), session);
  }

  /** Of an available device; as before when its latest presence says nothing of it. XEP-0115 §8.4 */
  #read(session: Session): Caps | undefined {
    const { presence } = session;
    if (!presence) return undefined;
    const former = session.get(capsOf);
    if (former?.from === presence) return former.caps;
    const caps = successor(former?.caps, capsIn(presence.bytes));
    session.put(capsOf, { from: presence, caps });
    if (former?.caps && former.caps !== caps) this.#leave(keyOf(former.caps, session), session);
    return caps;
  }

  #learn(session: Session, caps: Caps): void {
    const key = keyOf(caps, session);
    const known = this.#known.get(key);
    if (known) return settle(caps, this.#remember(key, known));
    const asking = this.#asking.get(key) ?? new Asking((device) => this.#ask(device, key));
    this.#asking.set(key, asking);
    asking.add(session, this.clock.now());
  }

  /** XEP-0115 §6.2 */
  #ask(session: Session, key: string): void {
    const { node, ver } = session.get(capsOf)!.caps!;
    const query = xml('query', { xmlns: NS.discoInfo, node: `${node}#${ver}` });
    this.questions.ask(session, { type: 'get', payload: query }, (iq) => this.#answered(session, key, iq));
  }

  #answered(session: Session, key: string, iq: Element): void {
    const caps = session.get(capsOf)?.caps;
    if (!caps || keyOf(caps, session) !== key) return;
    const info = iq.attrs['type'] === 'result' ? iq.getChild('query', NS.discoInfo) : undefined;
    const isRight = info && (!canVerify(caps.hash) || verificationString(info, caps.hash) === caps.ver);
    if (!isRight) {
      settle(caps, NONE);
      return this.#leave(key, session);
    }
    const nodes = bounded(wantedNodes(info));
    if (canVerify(caps.hash)) this.#remember(key, nodes);
    const concerned = this.#asking.get(key)?.take() ?? [];
    this.#asking.delete(key);
    for (const device of concerned) settle(device.get(capsOf)!.caps!, nodes);
  }

  #leave(key: string, session: Session): void {
    const asking = this.#asking.get(key);
    asking?.without(session, this.clock.now());
    if (asking?.isOver) this.#asking.delete(key);
  }

  #remember(key: string, nodes: ReadonlySet<string>): ReadonlySet<string> {
    this.#known.delete(key);
    this.#known.set(key, nodes);
    if (this.#known.size > MOST_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    return nodes;
  }
}

/** An answer that cannot be verified says something of the device that gave it and of no other. XEP-0115 §5.4 */
function keyOf({ hash, ver }: Caps, session: Session): string {
  return canVerify(hash) ? `${hash} ${ver}` : `${session.jid.toString()} ${hash} ${ver}`;
}

/** Without `hash` it is the legacy format, which says nothing that could be verified. XEP-0115 §5.4, §13 */
function capsIn(presence: Buffer): Caps | undefined {
  if (!presence.includes(NS.caps)) return undefined;
  const attributes = tryRead(presence)?.getChild('c', NS.caps)?.attrs;
  const { node, hash, ver } = attributes ?? {};
  if (node === undefined || hash === undefined || ver === undefined) return undefined;
  return { node, hash, ver, nodes: undefined, waiting: [] };
}

/** What waited to be told what the device wanted before is told what it wants now. */
function successor(former: Caps | undefined, said: Caps | undefined): Caps | undefined {
  if (!said || (said.hash === former?.hash && said.ver === former.ver)) return former;
  return { ...said, waiting: former?.waiting ?? [] };
}

function settle(caps: Caps, nodes: ReadonlySet<string>): void {
  caps.nodes = nodes;
  const { waiting } = caps;
  caps.waiting = [];
  for (const then of waiting) then(nodes);
}

function bounded(nodes: ReadonlySet<string>): ReadonlySet<string> {
  let names = 0;
  for (const node of nodes) names += node.length;
  return nodes.size > MOST_NODES || names > MOST_NAMES ? NONE : nodes;
}
