import { once } from 'node:events';
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { Authority } from '@interoffice/pki';
import ldap from 'ldapjs';

/** What a domain controller gives of one attribute at once ([MS-ADTS] 3.1.1.3.4.6, MaxValRange). */
const MOST_VALUES = 1500;
const PAGED_RESULTS = '1.2.840.113556.1.4.319';
const PHOTO = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(100_000)]);

export const READER = 'cn=reader,dc=corp';
/** A group of 3,700, and one of which the server gives the first members again and again. */
export const LARGE = 'cn=large,dc=corp';
export const STUCK = 'cn=stuck,dc=corp';
export const MEMBERS = Array.from({ length: 3700 }, (_, index) => `cn=person ${index},ou=staff,dc=corp`);
/** One entry and then a refusal; nothing but a refusal. */
export const CUT = 'ou=cut,dc=corp';
export const PARTLY = 'ou=partly,dc=corp';
/** Forty megabytes of photos. */
export const HEAVY = 'ou=heavy,dc=corp';
export const HEAVY_PEOPLE = 400;
/** Two entries, of which the first page has none. */
export const LATE = 'ou=late,dc=corp';

/** A directory with the limits of Active Directory that no free server has, on a free port of 127.0.0.1. */
export class LimitedDirectory {
  /** The attributes asked for in each search of a group. */
  readonly asked: string[] = [];

  private constructor(private readonly server: ldap.Server) {}

  static async open(authority: Authority): Promise<LimitedDirectory> {
    const pair = await authority.issue({ names: ['localhost'], nowMs: Date.now(), days: 1 });
    const directory = new LimitedDirectory(ldap.createServer({ certificate: pair.certificate, key: pair.key }));
    directory.#serve();
    directory.server.listen(0, '127.0.0.1', () => undefined);
    await once(directory.#listener, 'listening');
    return directory;
  }

  get url(): string {
    return `ldaps://localhost:${(this.#listener.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  get #listener(): NetServer {
    return (this.server as unknown as { server: NetServer }).server;
  }

  #serve(): void {
    const { server } = this;
    server.bind(READER, (_: Request, response: Answer) => response.end());
    server.search(LARGE, (request: Request, response: Answer) =>
      this.#sendGroup(request, response, rangeFrom(request)),
    );
    server.search(STUCK, (request: Request, response: Answer) => this.#sendGroup(request, response, 0));
    server.search(HEAVY, sendPage);
    server.search(LATE, sendLate);
    server.search(PARTLY, (_: Request, __: Answer, next: Next) => next(new ldap.AdminLimitExceededError()));
    server.search(CUT, (_: Request, response: Answer, next: Next) => {
      response.send({ dn: `cn=a,${CUT}`, attributes: { cn: 'a' } });
      next(new ldap.SizeLimitExceededError());
    });
  }

  /** The plain attribute comes along empty, as Active Directory has it. */
  #sendGroup(request: Request, response: Answer, from: number): void {
    this.asked.push(request.attributes.join());
    const until = from + MOST_VALUES >= MEMBERS.length ? '*' : String(from + MOST_VALUES - 1);
    const values = MEMBERS.slice(from, from + MOST_VALUES);
    response.attributes = [];
    response.send({ dn: request.dn.toString(), attributes: { member: [], [`member;range=${from}-${until}`]: values } });
    response.end();
  }
}

/** From the attribute asked for: `member` is as good as `member;range=0-*`. */
function rangeFrom({ attributes }: Request): number {
  const [, from = '0'] = /^member;range=(\d+)-\*$/i.exec(attributes.join()) ?? [];
  return Number(from);
}

function sendLate(request: Request, response: Answer): void {
  const isPaged = pagedOf(request) !== undefined;
  for (const name of isPaged ? [] : ['a', 'b']) response.send({ dn: `cn=${name},${LATE}`, attributes: { cn: name } });
  if (isPaged) response.addControl(nextPage(2, 'more'));
  response.end();
}

/** RFC 2696: the cookie is the number of people already sent. */
function sendPage(request: Request, response: Answer): void {
  const { size = HEAVY_PEOPLE, cookie = Buffer.alloc(0) } = pagedOf(request)?.value ?? {};
  const from = Number(cookie.toString() || 0);
  const until = Math.min(from + size, HEAVY_PEOPLE);
  response.attributes = [];
  for (let index = from; index < until; index++) {
    const attributes = { uid: `p${index}`, entryUUID: `id-${index}`, jpegPhoto: PHOTO };
    response.send({ dn: `uid=p${index},${HEAVY}`, attributes });
  }
  response.addControl(nextPage(HEAVY_PEOPLE, until < HEAVY_PEOPLE ? String(until) : ''));
  response.end();
}

function pagedOf({ controls }: Request) {
  return controls.find(({ type }) => type === PAGED_RESULTS);
}

/** The type package has not heard of it. COMPAT(@types/ldapjs, 3.0) */
function nextPage(size: number, cookie: string): object {
  const { PagedResultsControl } = ldap as unknown as { PagedResultsControl: new (options: object) => object };
  return new PagedResultsControl({ value: { size, cookie: Buffer.from(cookie) } });
}

type Next = (error?: unknown) => void;

interface Request {
  readonly dn: { toString(): string };
  readonly attributes: readonly string[];
  readonly controls: readonly {
    readonly type: string;
    readonly value: { readonly size: number; readonly cookie: Buffer };
  }[];
}

interface Answer {
  attributes: readonly string[];
  send(entry: object): void;
  end(): void;
  addControl(control: object): void;
}
