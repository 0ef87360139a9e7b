import { type Element, NS, parseXml, xml } from '@interoffice/wire';
import { TestClient, Unexpected } from './client.js';

/** One statement of a protocol script, with the line it stands on. */
interface Statement {
  readonly line: number;
  readonly text: string;
  /** The indented XML below it. */
  readonly stanza: string | undefined;
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
}

/**
 * A script: a head line that cites what it proves, then statements. `romeo has desk, phone online`, `romeo/desk sends` with
 * a stanza below, `juliet/phone receives` with a stanza below, `… receives nothing`, `romeo and juliet are contacts`,
 * `romeo/desk enables carbons`, `romeo/desk goes offline`. Stanzas may name `{romeo}`, `{romeo/desk}`, `{domain}`, and
 * `{any}` for a value that does not matter.
 */
export function parseScript(text: string): Script {
  const lines = text.split('\n');
  const statements: Statement[] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (/^\s/.test(line)) throw new SyntaxError(`Line ${i + 1} is indented but belongs to no statement.`);
    const stanza: string[] = [];
    const at = i + 1;
    while (/^\s+\S/.test(lines[i + 1] ?? '')) stanza.push(lines[++i]!);
    for (const part of line.split(';')) statements.push({ line: at, text: part.trim(), stanza: undefined });
    if (stanza.length > 0) statements.push({ ...statements.pop()!, stanza: stanza.join('\n') });
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

  constructor(private readonly theatre: Theatre) {}

  async perform({ text, stanza }: Statement): Promise<void> {
    const words = text.split(/\s+/);
    const [who = '', verb = ''] = words;
    if (/^\S+ has .+ online$/.test(text)) return this.#online(who, text.slice(`${who} has `.length, -' online'.length));
    if (/^\S+ exists$/.test(text)) return void (await this.#account(who));
    if (/^\S+ and \S+ are contacts$/.test(text)) return this.#contacts(who, words[2]!);
    if (text.endsWith(' comes online')) return this.#online(...(who.split('/') as [string, string]));
    if (text.endsWith(' connects')) return this.#connect(...(who.split('/') as [string, string]));
    if (text.endsWith(' goes offline')) return this.#offline(who);
    if (text.endsWith(' receives nothing')) return this.#nothing(who);
    if (text.endsWith(' enables carbons')) return this.#enableCarbons(who);
    if (verb === 'sends' && stanza) return this.#device(who).send(parseXml(this.#fill(stanza), NS.client));
    if (verb === 'receives' && stanza) return this.#receives(who, stanza, text.endsWith('in any order'));
    throw new SyntaxError('No such statement.');
  }

  /** At the end every client must have taken everything: a stanza nobody expected is a fault. */
  async nothingIsLeft(): Promise<void> {
    for (const name of this.#devices.keys()) await this.#nothing(name);
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

  async #enableCarbons(name: string): Promise<void> {
    const result = await this.#device(name).ask(xml('iq', { type: 'set' }, xml('enable', { xmlns: NS.carbons })));
    if (result.attrs['type'] !== 'result') throw new Unexpected(result.toString());
  }

  async #receives(name: string, wanted: string, inAnyOrder: boolean): Promise<void> {
    const client = this.#device(name);
    const pattern = parseXml(this.#fill(wanted), NS.client);
    if (inAnyOrder) return void (await client.next((element) => differences(pattern, element).length === 0));
    const element = await client.next();
    const found = differences(pattern, element);
    if (found.length > 0) throw new Unexpected(`${found.join('; ')}\n  received: ${element.toString()}`);
  }

  async #nothing(name: string): Promise<void> {
    await this.#settle();
    const { received } = this.#device(name);
    if (received.length > 0) throw new Unexpected(`${name} received ${received.join('\n')}`);
  }

  /** Everybody reaches everybody: what was on its way has arrived. */
  async #settle(): Promise<void> {
    await this.theatre.settled?.();
    for (const from of this.#devices.values()) for (const to of this.#devices.values()) await from.reach(to);
  }

  #fill(text: string): string {
    return text.replaceAll(/\{([^}]+)\}/g, (all, name: string) => {
      if (name === 'any') return all;
      if (name === 'domain') return this.theatre.domain;
      const [account, resource] = name.split('/') as [string, string?];
      const known = this.#accounts.get(account);
      if (!known) throw new SyntaxError(`Nobody is called ${account}.`);
      return `${known.user}@${this.theatre.domain}${resource === undefined ? '' : `/${resource}`}`;
    });
  }
}

/** What servers add by themselves and a script need not mention. */
const ADDED: readonly (readonly [namespace: string, name: string])[] = [
  [NS.sid, 'stanza-id'],
  ['urn:xmpp:occupant-id:0', 'occupant-id'],
  // RFC 6120 §8.3.2: a sentence for people. XEP-0059 §2.6: the count is optional.
  [NS.stanzas, 'text'],
  [NS.rsm, 'count'],
];

const isAdded = (child: Element): boolean =>
  ADDED.some(([namespace, name]) => child.getNS() === namespace && child.getName() === name);

/** Where an element is not what the pattern says; everything the pattern names must be there, in order, and nothing else. */
export function differences(pattern: Element, actual: Element, path = pattern.getName()): string[] {
  if (pattern.getName() !== actual.getName() || pattern.getNS() !== actual.getNS()) {
    return [
      `${path}: expected <${pattern.getName()} xmlns="${pattern.getNS()}">, not <${actual.getName()} xmlns="${actual.getNS()}">`,
    ];
  }
  const found: string[] = [];
  for (const [name, value] of Object.entries(pattern.attrs)) {
    if (name === 'xmlns') continue;
    const other = actual.attrs[name] as string | undefined;
    if (value === '{any}' ? other === undefined : value !== other)
      found.push(`${path}@${name}: expected "${value}", not "${other}"`);
  }
  const wanted = pattern.getChildElements();
  const given = actual
    .getChildElements()
    .filter((child) => !isAdded(child) || wanted.some((w) => w.is(child.getName(), child.getNS())));
  if (wanted.length !== given.length) found.push(`${path}: expected ${wanted.length} children, not ${given.length}`);
  else wanted.forEach((child, i) => found.push(...differences(child, given[i]!, `${path}/${child.getName()}`)));
  const text = pattern.getText().trim();
  if (wanted.length === 0 && text !== '{any}' && text !== actual.getText().trim())
    found.push(`${path}: expected the text "${text}", not "${actual.getText()}"`);
  return found;
}
