import { randomBytes } from 'node:crypto';
import { type Element, NS, xml } from '@interoffice/wire';
import { type TestClient, Unexpected } from './client.js';

/** Fresh rooms by the names a script gives them: `room`, `room:second`, with a nickname behind a slash. */
export class Rooms {
  readonly #locals = new Map<string, string>();

  constructor(readonly service: string) {}

  /** The address behind a name, or undefined if it names no room. */
  address(name: string): string | undefined {
    const [, room, nickname = ''] = /^(room(?::[^/]+)?)(\/.*)?$/s.exec(name) ?? [];
    if (room === undefined) return undefined;
    const local = this.#locals.get(room) ?? `${room.replace(':', '-')}-${randomBytes(4).toString('hex')}`;
    this.#locals.set(room, local);
    return `${local}@${this.service}${nickname}`;
  }
}

type Statement = (client: TestClient, ...words: string[]) => Promise<void>;

/**
 * What stands before the subject of a script. The words are captured from the statement; whoever performs it also
 * forgets what it brought to everybody.
 */
const STATEMENTS: readonly (readonly [form: RegExp, perform: Statement])[] = [
  [/^(\S+) creates (\S+) as (.+?)(?: with (.+))?$/, create],
  [/^(\S+) enters (\S+) as (.+)$/, enter],
  [/^(\S+) configures (\S+) with (.+)$/, configure],
  [/^(\S+) makes (\S+) an? (owner|admin|member|outcast) of (\S+)$/, affiliate],
  [/^(\S+) makes (.+) an? (moderator|participant|visitor) in (\S+)$/, promote],
  [/^(\S+) says "(.+)" in (\S+)$/, say],
];

/** The device that acts and what it does, if the statement is about rooms; its names have been filled in. */
export function roomStatement(text: string): [who: string, perform: (client: TestClient) => Promise<void>] | undefined {
  for (const [form, perform] of STATEMENTS) {
    const [, who, ...words] = form.exec(text) ?? [];
    if (who !== undefined) return [who, (client) => perform(client, ...words)];
  }
  return undefined;
}

async function enter(client: TestClient, room: string, nickname: string): Promise<void> {
  client.send(xml('presence', { to: `${room}/${nickname}` }, xml('x', { xmlns: NS.muc })));
  // XEP-0045 §7.1: the subject is the last of what is sent to whoever enters.
  const last = await client.next((element) => isFrom(room, element) && (isError(element) || isSubject(element)));
  demand(!isError(last), last);
}

async function create(client: TestClient, room: string, nickname: string, options = ''): Promise<void> {
  await enter(client, room, nickname);
  await configure(client, room, options);
}

/** Options as `membersonly=1, roomname=The Orchard`; none is the form that asks for nothing: an instant room. */
async function configure(client: TestClient, room: string, options: string): Promise<void> {
  const given = options === '' ? [] : options.split(/,\s*/).map((option) => option.split('=') as [string, string]);
  const fields = given.map(([name, value]) => xml('field', { var: `muc#roomconfig_${name}` }, xml('value', {}, value)));
  if (fields.length > 0) fields.unshift(xml('field', { var: 'FORM_TYPE' }, xml('value', {}, NS.mucRoomConfig)));
  await ask(
    client,
    room,
    xml('query', { xmlns: NS.mucOwner }, xml('x', { xmlns: NS.dataForms, type: 'submit' }, ...fields)),
  );
}

function affiliate(client: TestClient, jid: string, affiliation: string, room: string): Promise<void> {
  return ask(client, room, xml('query', { xmlns: NS.mucAdmin }, xml('item', { affiliation, jid })));
}

function promote(client: TestClient, nick: string, role: string, room: string): Promise<void> {
  return ask(client, room, xml('query', { xmlns: NS.mucAdmin }, xml('item', { nick, role })));
}

async function say(client: TestClient, text: string, room: string): Promise<void> {
  const id = randomBytes(4).toString('hex');
  client.send(xml('message', { to: room, type: 'groupchat', id }, xml('body', {}, text)));
  const said = await client.next((element) => isFrom(room, element) && element.attrs['id'] === id);
  demand(!isError(said), said);
}

async function ask(client: TestClient, room: string, query: Element): Promise<void> {
  const answer = await client.ask(xml('iq', { to: room, type: 'set' }, query));
  demand(!isError(answer), answer);
}

function demand(holds: boolean, received: Element): void {
  if (!holds) throw new Unexpected(`received ${received.toString()}`);
}

const isFrom = (room: string, { attrs }: Element): boolean => String(attrs['from']).split('/')[0] === room;
const isError = ({ attrs }: Element): boolean => attrs['type'] === 'error';
const isSubject = (element: Element): boolean =>
  element.is('message') && element.getChild('subject') !== undefined && element.getChild('body') === undefined;
