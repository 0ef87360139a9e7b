// The three offices and the partner of policy-matrix.spec.ts, and everybody in them, logged in.
import { CLIENT_AUTH, SERVER_AUTH, type TestCertificate, testRoot } from '../../support/certificates.js';
import type { TestClient } from '../../support/client.js';
import { xml } from '@interoffice/wire';
import { NameServer, type Zone } from './name-server.js';
import { Office, type OfficeWish } from './office.js';
import { RULES } from './policy-rules.js';
import { type PeerHost, ProsodyPeer } from './prosody-peer.js';
import { instant, join } from './stanzas.js';
import { UncalledServer } from './uncalled-server.js';

type City = 'berlin' | 'tokyo' | 'paris';

const PEOPLE: Readonly<Record<City, OfficeWish['people']>> = {
  berlin: ['ada', { user: 'ben', office: 'Sales' }, 'dora'],
  tokyo: ['yuki', 'kenji', { user: 'emi', office: 'Lab' }],
  paris: ['pierre'],
};
/** The partner's domains, with somebody called pat in each. */
const CALLED = ['plain', 'eu.below', 'inward', 'outward', 'again', 'sales', 'vip'];
/** Those that call us, and that nobody of ours may call. */
const UNCALLED = ['below', 'ended', 'denied'];
/** What DNS knows beside them, and nobody may call. */
export const NEVER_CALLED = [...UNCALLED, 'sub.denied', 'nobody'];

/** Everything that the matrix needs, until it is closed. */
export class Company {
  readonly offices = new Map<string, Office>();
  readonly uncalled: UncalledServer;
  dns!: NameServer;
  #partner!: ProsodyPeer;
  readonly #clients = new Map<string, TestClient>();
  /** Servers cut off who says nothing for a minute or two, and not everybody has something to say. */
  readonly #keepAlive = setInterval(() => this.#saySpace(), 20_000).unref();

  private constructor(uncalled: UncalledServer) {
    this.uncalled = uncalled;
  }

  static async open(): Promise<Company> {
    const company = new Company(await UncalledServer.open());
    try {
      await company.#start();
      await company.#logIn();
      await company.#meet();
    } catch (error) {
      await company.close();
      throw error;
    }
    return company;
  }

  office(city: string): Office {
    return this.offices.get(city)!;
  }

  /** Somebody logged in, by an address without `.example`; undefined where nobody is. */
  person(address: string): TestClient | undefined {
    return this.#clients.get(address);
  }

  /** Who sees what is sent to an address: of a room somebody who is in it. */
  witness(address: string): TestClient | undefined {
    return this.person(IN_ROOMS.get(address) ?? address);
  }

  async close(): Promise<void> {
    clearInterval(this.#keepAlive);
    for (const client of this.#clients.values()) client.close();
    await Promise.all([...this.offices.values(), this.#partner, this.uncalled].map((one) => one?.close()));
    await this.dns?.close();
  }

  #saySpace(): void {
    for (const client of this.#clients.values()) if (!client.isClosed) client.write(' ');
  }

  async #start(): Promise<void> {
    const trusts = await testRoot();
    const authority = await trusts.authority();
    const shows = (domain: string): Promise<TestCertificate> =>
      authority.issue({
        names: { dns: withRooms(domain) },
        purposes: [SERVER_AUTH, CLIENT_AUTH],
      });
    for (const city of Object.keys(PEOPLE) as City[]) {
      const domain = `${city}.example`;
      const rest = { trusts, people: PEOPLE[city], federation: RULES[city] };
      this.offices.set(city, await Office.open({ domain, shows: await shows(domain), ...rest }));
    }
    const hosts: PeerHost[] = [];
    for (const name of [...CALLED, ...UNCALLED]) {
      const domain = `${name}.example`;
      const rooms = name === 'plain' ? { rooms: `conference.${domain}` } : {};
      hosts.push({ domain, shows: await shows(domain), people: ['pat'], ...rooms });
    }
    this.#partner = await ProsodyPeer.open(hosts, trusts);
    this.dns = await NameServer.open(this.#zones());
  }

  #zones(): Zone[] {
    const at = (name: string, starttls: number): Zone[] =>
      withRooms(`${name}.example`).map((domain) => ({ domain, starttls }));
    return [
      ...[...this.offices].flatMap(([city, { ports }]) => at(city, ports.s2s)),
      ...CALLED.flatMap((name) => at(name, this.#partner.ports.tcp)),
      ...NEVER_CALLED.flatMap((name) => at(name, this.uncalled.port)),
    ];
  }

  async #logIn(): Promise<void> {
    for (const [city, office] of this.offices) {
      for (const person of PEOPLE[city as City]) {
        const user = typeof person === 'string' ? person : person.user;
        this.#clients.set(`${user}@${city}`, await office.login(user, 'desk'));
      }
    }
    for (const name of [...CALLED, ...UNCALLED]) {
      this.#clients.set(`pat@${name}`, await this.#partner.login('pat', `${name}.example`, 'desk'));
    }
    for (const client of this.#clients.values()) client.send(xml('presence'));
  }

  /** A room of the partner's and one of ours, with people of both in each. */
  async #meet(): Promise<void> {
    for (const [room, who] of MEETINGS) {
      const address = addressOf(room);
      for (const [at, person] of who.entries()) {
        const client = this.person(person)!;
        await join(client, address, person);
        if (at === 0) await client.ask(instant(address));
      }
    }
  }
}

/** Rooms and who is in them; the first has made it, and sees what is said there. */
const MEETINGS = [
  ['lobby@conference.plain', ['pat@plain', 'yuki@tokyo', 'pierre@paris']],
  ['lab@conference.tokyo', ['yuki@tokyo', 'pat@plain', 'ada@berlin']],
] as const;
const IN_ROOMS: ReadonlyMap<string, string> = new Map(MEETINGS.map(([room, [first]]) => [room, first]));

/** The address on the wire: of a person their device. */
export function addressOf(short: string): string {
  const full = `${short}.example`;
  return short.includes('@conference.') ? full : `${full}/desk`;
}

function withRooms(domain: string): string[] {
  return [domain, `conference.${domain}`];
}
