import { setTimeout as pause } from 'node:timers/promises';
import { type Element, escapeAttribute, NS, parseXml, xml } from '@interoffice/wire';
import { TestClient, Unexpected } from './client.js';
import { differences, meets, type Values } from './differences.js';
import { Rooms, roomStatement } from './script-rooms.js';
import { answer, isQuestion, want } from './wants.js';

/** So long nothing must come until nothing more is expected. */
const QUIET_MS = 25;

/** One statement of a protocol script, with the line it stands on. */
interface Statement {
  readonly line: number;
  readonly text: string;
  /** The indented XML below it. */
  readonly stanzas: string | undefined;
}

export interface Script {
  /** The document and clause it proves. */
  readonly cites: string;
  readonly statements: readonly Statement[];
}

/** Where a script is played: in this process, over a socket, or against somebody else's server. */
export interface Theatre {
  readonly domain: string;
  /** A fresh account and the client that logs in to it; `name` is the part before the @ in the script. */
  account(name: string): Promise<{ user: string; password: string }>;
  connect(): Promise<TestClient>;
  /** Where it can be known: everything sent until now has been dealt with. */
  settled?(): Promise<void>;
  /** Where only that can be known: everything the server has read until now is on its disk, and is told. */
  recorded?(): Promise<void>;
}

/**
 * A script: a head line that cites what it proves, then statements. `romeo has desk, phone online`, `romeo/desk sends` with
 * stanzas below, `juliet/phone receives` with stanzas below (`… together`: the next ones, in whatever order; `… in any
 * order`: among others), `… receives nothing`, `everybody forgets what came`, `romeo and juliet are contacts`,
 * `romeo/desk enables carbons`, `romeo/desk wants NODE, NODE` (their events), `romeo/desk goes offline`; about rooms see script-rooms.ts. Stanzas may name `{romeo}`,
 * `{romeo/desk}`, `{domain}`, `{service}` (where rooms are), `{room}`, `{room/Romeo}`, `{room:second}`, and a value the
 * server has chosen and which a pattern has called `{any:name}`. What a pattern may say is in differences.ts.
 */
export function parseScript(text: string): Script {
  const lines = text.split('\n');
  const statements: Statement[] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (/^\s/.test(line)) throw new SyntaxError(`Line ${i + 1} is indented but belongs to no statement.`);
    const below: string[] = [];
    const at = i + 1;
    while (/^\s+\S/.test(lines[i + 1] ?? '')) below.push(lines[++i]!);
    for (const part of line.split(';')) statements.push({ line: at, text: part.trim(), stanzas: undefined });
    if (below.length > 0) statements.push({ ...statements.pop()!, stanzas: below.join('\n') });
  }
  return { cites: lines[0]!.trim(), statements };
}

/** Plays a script; throws with the line and what was received when something else happens than it says. */
export async function play(script: Script, theatre: Theatre): Promise<void> {
  const stage = new Play(theatre);
  try {
    for (const statement of script.statements) {
      try {
        await stage.perform(statement);
      } catch (error) {
        throw new Unexpected(`line ${statement.line}, "${statement.text}": ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
    await stage.nothingIsLeft();
  } finally {
    stage.close();
  }
}

class Play {
  readonly #accounts = new Map<string, { user: string; password: string }>();
  readonly #devices = new Map<string, TestClient>();
  readonly #values: Values = new Map();
  readonly #rooms: Rooms;

  constructor(private readonly theatre: Theatre) {
    this.#rooms = new Rooms(`conference.${theatre.domain}`);
  }

  async perform({ text, stanzas }: Statement): Promise<void> {
    const words = text.split(/\s+/);
    const [who = '', verb = ''] = words;
    if (/^\S+ has .+ online$/.test(text)) return this.#online(who, text.slice(`${who} has `.length, -' online'.length));
    if (/^\S+ exists$/.test(text)) return void (await this.#account(who));
    if (/^\S+ and \S+ are contacts$/.test(text)) return this.#contacts(who, words[2]!);
    if (text.endsWith(' comes online')) return this.#online(...(who.split('/') as [string, string]));
    if (text.endsWith(' connects')) return this.#connect(...(who.split('/') as [string, string]));
    if (text.endsWith(' goes offline')) return this.#offline(who);
    if (text === 'everybody forgets what came') return this.#forget();
    if (text.endsWith(' receives nothing')) return this.#nothing(who);
    if (text.endsWith(' enables carbons')) return this.#enableCarbons(who);
    if (/^\S+ wants .+$/.test(text)) return this.#want(who, text.slice(`${who} wants `.length).split(/,\s*/));
    if (verb === 'sends' && stanzas) return this.#send(this.#device(who), stanzas);
    if (verb === 'receives' && stanzas) return this.#receive(this.#device(who), words.slice(2).join(' '), stanzas);
    const [guest, act] = roomStatement(this.#fill(text)) ?? [];
    if (guest === undefined || act === undefined) throw new SyntaxError('No such statement.');
    // Only what the statement itself brings is forgotten.
    await this.nothingIsLeft();
    await act(this.#device(guest));
    await this.#forget();
  }

  /** At the end every client must have taken everything: a stanza nobody expected is a fault. */
  async nothingIsLeft(): Promise<void> {
    await this.#settle();
    for (const name of this.#devices.keys()) this.#demandNothing(name);
  }

  close(): void {
    for (const device of this.#devices.values()) device.close();
  }

  #device(name: string): TestClient {
    const device = this.#devices.get(name);
    if (!device) throw new SyntaxError(`Nobody is called ${name}.`);
    return device;
  }

  async #account(name: string): Promise<{ user: string; password: string }> {
    const known = this.#accounts.get(name) ?? (await this.theatre.account(name));
    this.#accounts.set(name, known);
    return known;
  }

  async #connect(name: string, resource: string): Promise<void> {
    const { user, password } = await this.#account(name);
    const client = await this.theatre.connect();
    await client.login(user, password, { resource });
    this.#devices.set(`${name}/${resource}`, client);
  }

  async #online(name: string, resources: string): Promise<void> {
    for (const resource of resources.split(',').map((r) => r.trim())) {
      await this.#connect(name, resource);
      const client = this.#device(`${name}/${resource}`);
      client.send(xml('presence'));
      await client.next((element) => element.is('presence') && element.attrs['from'] === client.jid);
    }
    await this.#settle();
    // Who else is online shows up in everybody's presence; scripts about presence connect by hand.
    for (const [device, client] of this.#devices)
      if (device.startsWith(`${name}/`)) client.received = client.received.filter((e) => !e.is('presence'));
  }

  async #offline(name: string): Promise<void> {
    const client = this.#device(name);
    await client.leave();
    this.#devices.delete(name);
    await this.#settle();
  }

  /** Through the protocol, so that it works on any server: request, approval, both ways. */
  async #contacts(a: string, b: string): Promise<void> {
    const [first, second] = await Promise.all([this.#visitor(a), this.#visitor(b)]);
    const bare = (client: TestClient): string => client.jid.split('/')[0]!;
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const) {
      one.send(xml('presence', { to: bare(other), type: 'subscribe' }));
      await other.next((e) => e.is('presence') && e.attrs['type'] === 'subscribe');
      other.send(xml('presence', { to: bare(one), type: 'subscribed' }));
      await one.next((e) => e.is('presence') && e.attrs['type'] === 'subscribed');
    }
    await first.reach(second);
    await second.reach(first);
    await Promise.all([first.leave(), second.leave()]);
    await this.#settle();
    for (const client of this.#devices.values()) client.received = client.received.filter((e) => !e.is('presence'));
  }

  async #visitor(name: string): Promise<TestClient> {
    const { user, password } = await this.#account(name);
    const client = await this.theatre.connect();
    await client.login(user, password, { resource: 'visitor' });
    // RFC 6121 §3.1.6: only who has asked for the roster is told of approvals.
    await client.ask(xml('iq', { type: 'get' }, xml('query', { xmlns: NS.roster })));
    client.send(xml('presence'));
    await client.next((e) => e.is('presence') && e.attrs['from'] === client.jid);
    return client;
  }

  /** The device says whose events it wants, and answers every question what else it can do. */
  async #want(name: string, nodes: readonly string[]): Promise<void> {
    const client = this.#device(name);
    const { info } = await want(client, ...nodes);
    await this.#settle();
    for (const question of client.received.filter(isQuestion)) answer(client, question, info);
    client.received = client.received.filter((element) => !isQuestion(element));
    await this.#settle();
    for (const device of this.#devices.values()) device.received = device.received.filter((e) => !e.is('presence'));
  }

  async #enableCarbons(name: string): Promise<void> {
    const result = await this.#device(name).ask(xml('iq', { type: 'set' }, xml('enable', { xmlns: NS.carbons })));
    if (result.attrs['type'] !== 'result') throw new Unexpected(result.toString());
  }

  #send(client: TestClient, stanzas: string): void {
    for (const stanza of this.#parse(stanzas)) client.send(stanza);
  }

  async #receive(client: TestClient, how: string, stanzas: string): Promise<void> {
    const patterns = this.#parse(stanzas);
    if (how === 'in any order')
      for (const pattern of patterns) await client.next((element) => meets(pattern, element, this.#values));
    else if (how === 'together') await this.#receiveTogether(client, patterns);
    else if (how === '') for (const pattern of patterns) this.#compare(pattern, await client.next());
    else throw new SyntaxError('No such statement.');
  }

  /** As many stanzas as there are patterns, each like another pattern. */
  async #receiveTogether(client: TestClient, patterns: Element[]): Promise<void> {
    while (patterns.length > 0) {
      const element = await client.next().catch((error: Error) => {
        throw new Unexpected(`${error.message}; missing: ${patterns.join(' ')}`, { cause: error });
      });
      const at = patterns.findIndex((pattern) => meets(pattern, element, this.#values));
      const alike = patterns.find((pattern) => isAlike(pattern, element)) ?? patterns[0]!;
      if (at < 0) this.#compare(alike, element);
      patterns.splice(at, 1);
    }
  }

  #compare(pattern: Element, element: Element): void {
    const found = differences(pattern, element, this.#values);
    if (found.length > 0) throw new Unexpected(`${found.join('; ')}\n  received: ${element.toString()}`);
  }

  async #forget(): Promise<void> {
    await this.#settle();
    for (const client of this.#devices.values()) client.received = [];
  }

  async #nothing(name: string): Promise<void> {
    await this.#settle();
    this.#demandNothing(name);
  }

  #demandNothing(name: string): void {
    const { received } = this.#device(name);
    if (received.length > 0) throw new Unexpected(`${name} received ${received.join('\n')}`);
  }

  async #askServer(device: TestClient): Promise<void> {
    await device.ask(xml('iq', { type: 'get', to: this.theatre.domain }, xml('query', { xmlns: NS.discoInfo })));
  }

  /** Everybody reaches everybody: what was on its way has arrived. */
  async #settle(): Promise<void> {
    if (this.theatre.settled) await this.theatre.settled();
    // Answers of one device come in order: whatever it has asked before has been answered, and its effects told.
    else for (const device of this.#devices.values()) await this.#askServer(device);
    await this.theatre.recorded?.();
    for (const from of this.#devices.values()) for (const to of this.#devices.values()) await from.reach(to);
    if (!this.theatre.settled) await this.#quiet();
  }

  /** What a server tells of a room it tells when it is on its disk, which no answer to a question waits for. */
  async #quiet(): Promise<void> {
    const count = (): number => [...this.#devices.values()].reduce((sum, { received }) => sum + received.length, 0);
    for (let before = -1, now = count(); before !== now; before = now, now = count()) await pause(QUIET_MS);
  }

  #parse(stanzas: string): Element[] {
    const document = parseXml(`<stanzas>${this.#fill(stanzas)}</stanzas>`, NS.client);
    return document.getChildElements();
  }

  #fill(text: string): string {
    return text.replaceAll(/\{([^}]+)\}/g, (all, name: string) => {
      if (name === 'any' || name === 'none') return all;
      if (name.startsWith('any:')) return escapeAttribute(this.#values.get(name.slice('any:'.length)) ?? all);
      if (name === 'domain') return this.theatre.domain;
      if (name === 'service') return this.#rooms.service;
      return this.#rooms.address(name) ?? this.#jid(name);
    });
  }

  #jid(name: string): string {
    const [account, resource] = name.split('/') as [string, string?];
    const known = this.#accounts.get(account);
    if (!known) throw new SyntaxError(`Nobody is called ${account}.`);
    return `${known.user}@${this.theatre.domain}${resource === undefined ? '' : `/${resource}`}`;
  }
}

/** The pattern that an element was probably meant to be like, for the message of a failure. */
const isAlike = (pattern: Element, element: Element): boolean =>
  pattern.getName() === element.getName() && pattern.attrs['from'] === element.attrs['from'];
