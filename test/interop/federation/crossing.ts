// One stanza on its way over a border, and what became of it.
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../support/client.js';

/** A connection to a server that was not called before is part of it, and a refusal that comes back from there. */
const OVER_WITHIN_MS = 20_000;

/** What people send each other, by what policy takes it for. */
const SORTS = {
  words: () => message('chat', body()),
  'a file': () => message('chat', body(), xml('x', { xmlns: NS.oob }, xml('url', {}, 'https://files.example/plan'))),
  'a call': () => message('chat', xml('propose', { xmlns: NS.jingleMessage, id: 'call' }, audio())),
  'an invitation': () => message('normal', xml('x', { xmlns: NS.conference, jid: 'any@conference.plain.example' })),
  'an event': () => message('headline', xml('event', { xmlns: NS.pubsubEvent }, xml('items', { node: 'tune' }))),
  'a request for items': () => question(xml('pubsub', { xmlns: NS.pubsub }, xml('items', { node: 'tune' }))),
  'a question': () => question(xml('query', { xmlns: NS.version })),
  presence: () => xml('presence', {}, xml('status', {}, 'There.')),
} as const;

export type Sort = keyof typeof SORTS;

/** A stanza of a sort; what is a message to a person is one to everybody in a room. */
export function stanzaOf(what: Sort, { to, id }: { readonly to: string; readonly id: string }): Element {
  const stanza = SORTS[what]();
  Object.assign(stanza.attrs, { to, id });
  if (stanza.is('message') && to.includes('@conference.')) stanza.attrs['type'] = 'groupchat';
  return stanza;
}

function message(type: string, ...children: Element[]): Element {
  return xml('message', { type }, ...children);
}

function question(child: Element): Element {
  return xml('iq', { type: 'get' }, child);
}

function body(): Element {
  return xml('body', {}, 'Good morning.');
}

function audio(): Element {
  return xml('description', { xmlns: 'urn:xmpp:jingle:apps:rtp:1', media: 'audio' });
}

/** What whoever sent it was told instead. */
export interface Refusal {
  readonly condition: string;
  /** Undefined where the refusal names none. */
  readonly decision: string | undefined;
}

export type Crossed = 'delivered' | 'unseen' | Refusal;

export interface Crossing {
  readonly sender: TestClient;
  /** Where it would arrive; undefined where nobody is. */
  readonly witness: TestClient | undefined;
  readonly stanza: Element;
}

/** Sends it and waits until it has arrived or has been refused. Rejects when neither happens in time. */
export async function cross({ sender, witness, stanza }: Crossing): Promise<Crossed> {
  const id = String(stanza.attrs['id']);
  sender.send(stanza);
  // Presence is not answered, so something goes behind it that is: it arrives or is refused.
  const last = stanza.is('presence') ? `${id}-behind` : id;
  if (last !== id) sender.send(stanzaOf('words', { to: String(stanza.attrs['to']), id: last }));
  const isOver = (): boolean => hasArrived(witness, last) || errorFor(sender, last) !== undefined;
  const sides = witness ? [sender, witness] : [sender];
  await Promise.race(sides.map((side) => side.until(isOver, `the end of ${id}`, OVER_WITHIN_MS)));
  if (hasArrived(witness, id)) return 'delivered';
  if (stanza.is('presence')) return 'unseen';
  return refusalOf(errorFor(sender, id)!);
}

/** What has come for somebody under an id. Nobody takes anything out: what comes late is found as well. */
export function hasArrived(client: TestClient | undefined, id: string): boolean {
  return client?.received.some(({ attrs }) => attrs['id'] === id && attrs['type'] !== 'error') === true;
}

function errorFor(client: TestClient, id: string): Element | undefined {
  return client.received.find(({ attrs }) => attrs['id'] === id && attrs['type'] === 'error');
}

function refusalOf(stanza: Element): Refusal {
  const error = stanza.getChild('error')!;
  const [condition] = error.getChildElements().filter((child) => child.getNS() === NS.stanzas);
  const decision = error.getChild('decision', 'urn:interoffice:policy:0')?.attrs['id'];
  return { condition: condition?.getName() ?? '', decision: decision === undefined ? undefined : String(decision) };
}
