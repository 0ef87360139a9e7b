import { randomBytes } from 'node:crypto';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from './client.js';
import type { Stage } from './stage.js';

/** A fresh address for a room. */
export function freshRoom(): string {
  return `room-${randomBytes(4).toString('hex')}@conference.im.example`;
}

export const joining = (room: string, nick: string, ...more: Element[]): Element =>
  xml('presence', { to: `${room}/${nick}` }, xml('x', { xmlns: NS.muc }, ...more));

export const said = (room: string, body: string, attrs: Record<string, string> = {}): Element =>
  xml('message', { to: room, type: 'groupchat', ...attrs }, xml('body', {}, body));

/** Comes in and takes everything that brings. */
export async function enter(stage: Stage, client: TestClient, room: string, nick: string): Promise<Element[]> {
  client.send(joining(room, nick));
  await client.next((element) => element.is('message') && element.getChild('subject') !== undefined);
  await stage.settled();
  return client.received.splice(0);
}

/** Makes the room, set up as said. */
export async function make(
  stage: Stage,
  client: TestClient,
  room: string,
  options: { nick?: string; config?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  await enter(stage, client, room, options.nick ?? 'Maker');
  await configure(client, room, options.config ?? {});
  await stage.settled();
  client.received = [];
}

/** A room that Juliet has made on her phone, with Romeo at his desk in it. */
export async function romeoAndJuliet(stage: Stage, config: Readonly<Record<string, string>> = {}) {
  const [romeo, juliet] = [await stage.account('romeo'), await stage.account('juliet')];
  const desk = await stage.online(romeo, 'desk');
  const phone = await stage.online(juliet, 'phone');
  const room = freshRoom();
  await make(stage, phone, room, { nick: 'Juliet', config });
  await enter(stage, desk, room, 'Romeo');
  phone.received = [];
  return { romeo, juliet, desk, phone, room };
}

/** Sets `muc#roomconfig_…`. Returns the answer. */
export async function configure(
  client: TestClient,
  room: string,
  config: Readonly<Record<string, string>>,
): Promise<Element> {
  const field = (name: string, value: string): Element => xml('field', { var: name }, xml('value', {}, value));
  const form = xml(
    'x',
    { xmlns: NS.dataForms, type: 'submit' },
    field('FORM_TYPE', NS.mucRoomConfig),
    ...Object.entries(config).map(([name, value]) => field(`muc#roomconfig_${name}`, value)),
  );
  return client.ask(xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mucOwner }, form)));
}

/** One item of muc#admin. Returns the answer. */
export async function administer(
  client: TestClient,
  room: string,
  ...items: Readonly<Record<string, string>>[]
): Promise<Element> {
  const query = xml('query', { xmlns: NS.mucAdmin }, ...items.map((item) => xml('item', item)));
  return client.ask(xml('iq', { type: 'set', to: room }, query));
}

/** What was said in rooms among what a client has received; taken. */
export function bodiesOf(client: TestClient): (string | null)[] {
  return client.received
    .splice(0)
    .filter((element) => element.is('message') && element.attrs['type'] === 'groupchat')
    .map((message) => message.getChildText('body'))
    .filter((body) => body !== null);
}

/** The condition of an error. */
export function conditionOf(stanza: Element): string | undefined {
  return stanza.getChild('error')?.getChildElements()[0]?.getName();
}
