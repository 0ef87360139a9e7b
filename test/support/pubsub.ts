import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from './client.js';
import type { Stage } from './stage.js';

/** Requests of XEP-0060 as clients write them, and what their answers and events say, in short. */

export const NODE_CONFIG = `${NS.pubsub}#node_config`;

export const pubsub = (type: 'get' | 'set', ...children: Element[]): Element =>
  xml('iq', { type }, xml('pubsub', { xmlns: NS.pubsub }, ...children));

export const owner = (type: 'get' | 'set', child: Element): Element =>
  xml('iq', { type }, xml('pubsub', { xmlns: NS.pubsubOwner }, child));

export type Fields = Readonly<Record<string, string>>;

export const form = (formType: string, fields: Fields): Element =>
  xml(
    'x',
    { xmlns: NS.dataForms, type: 'submit' },
    xml('field', { var: 'FORM_TYPE', type: 'hidden' }, xml('value', {}, formType)),
    ...Object.entries(fields).map(([name, value]) => xml('field', { var: `pubsub#${name}` }, xml('value', {}, value))),
  );

export const options = (fields: Fields): Element => xml('publish-options', {}, form(NS.pubsubOptions, fields));

export const publish = (node: string, item: Element, ...more: Element[]): Element =>
  pubsub('set', xml('publish', { node }, item), ...more);

export const retract = (node: string, id: string, notify?: string): Element =>
  pubsub('set', xml('retract', { node, ...(notify && { notify }) }, xml('item', { id })));

export const readItems = (node: string, attributes: Fields = {}, ...ids: string[]): Element =>
  pubsub('get', xml('items', { node, ...attributes }, ...ids.map((id) => xml('item', { id }))));

export const to = (iq: Element, jid: string): Element => {
  iq.attrs['to'] = jid;
  return iq;
};

export const idsIn = (answer: Element): string[] =>
  answer
    .getChild('pubsub', NS.pubsub)!
    .getChild('items')!
    .getChildren('item')
    .map(({ attrs }) => String(attrs['id']));

/** The conditions of an error; empty for a result. */
export const conditions = (answer: Element): string[] =>
  (answer.getChild('error')?.getChildElements() ?? [])
    .map((child) => child.getName())
    .filter((name) => name !== 'text');

/** Events that came, as `from items NODE item ID`, `from purge NODE` …; they are taken, and all else is forgotten. */
export const heard = (client: TestClient): string[] =>
  client.received
    .splice(0)
    .filter((stanza) => stanza.is('message'))
    .map((message) => {
      const [what] = message.getChild('event', NS.pubsubEvent)!.getChildElements();
      const [child] = what!.getChildElements();
      const inside = child ? ` ${child.getName()} ${child.attrs['id']}` : '';
      return `${message.attrs['from']} ${what!.getName()} ${what!.attrs['node']}${inside}`;
    });

/** They see each other's presence from now on. */
export async function befriend(stage: Stage, one: TestClient, other: TestClient): Promise<void> {
  for (const [a, b] of [
    [one, other],
    [other, one],
  ] as const) {
    a.send(xml('presence', { to: b.jid.split('/')[0]!, type: 'subscribe' }));
    await b.next(({ attrs }) => attrs['type'] === 'subscribe');
    b.send(xml('presence', { to: a.jid.split('/')[0]!, type: 'subscribed' }));
    await a.next(({ attrs }) => attrs['type'] === 'subscribed');
  }
  await settle(stage, one, other);
}

/** What has come to these clients until now is forgotten. */
export async function settle(stage: Stage, ...clients: TestClient[]): Promise<void> {
  await stage.settled();
  for (const client of clients) client.received = [];
}
