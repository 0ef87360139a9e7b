import { prepareDomain } from './domain.js';
import { opaqueString, usernameCaseMapped } from './precis.js';

/** A text is not an address. The message is a sentence for a person. */
export class JidMalformed extends Error {
  readonly code = 'JID_MALFORMED';

  constructor(message: string) {
    super(message);
    this.name = 'JidMalformed';
  }
}

/**
 * An XMPP address in its one normal form (RFC 7622): two of them are the same address exactly when their strings are
 * equal. Never changes. Made by `parseJid`, `tryJid` and `jid` only.
 */
export class Jid {
  readonly bare: string;
  readonly #full: string;

  constructor(
    readonly local: string | undefined,
    readonly domain: string,
    readonly resource: string | undefined,
  ) {
    this.bare = local === undefined ? domain : `${local}@${domain}`;
    this.#full = resource === undefined ? this.bare : `${this.bare}/${resource}`;
  }

  get isBare(): boolean {
    return this.resource === undefined;
  }

  /** The address of one device of this account; without an argument the account's own. Throws `JidMalformed`. */
  withResource(resource?: string): Jid {
    return new Jid(this.local, this.domain, resource === undefined ? undefined : prepareResource(resource));
  }

  toBare(): Jid {
    return this.resource === undefined ? this : new Jid(this.local, this.domain, undefined);
  }

  equals(other: Jid): boolean {
    return this.#full === other.#full;
  }

  toString(): string {
    return this.#full;
  }

  toJSON(): string {
    return this.#full;
  }
}

/** RFC 7622 §3.1: no part is longer than this, in bytes of UTF-8. */
export const MAX_PART_BYTES = 1023;
const MAX_JID_CHARACTERS = 3 * MAX_PART_BYTES + 2;
/** Longer texts are not worth remembering. */
const MAX_REMEMBERED_CHARACTERS = 256;
/** RFC 7622 §3.3.1 */
const REFUSED_IN_LOCAL = /["&'/:<>@]/;

const isShort = (part: string): boolean =>
  part.length * 3 <= MAX_PART_BYTES || Buffer.byteLength(part) <= MAX_PART_BYTES;

function prepareLocal(text: string): string {
  if (text === '') throw new JidMalformed('The part before the @ is empty.');
  const local = usernameCaseMapped(text);
  if (local === undefined || REFUSED_IN_LOCAL.test(local)) {
    throw new JidMalformed('The part before the @ has a character that no user name may have.');
  }
  if (!isShort(local)) throw new JidMalformed(`The part before the @ is longer than ${MAX_PART_BYTES} bytes.`);
  return local;
}

/** Domains are few and looked at with every address. Bounded: full, it begins anew. */
const preparedDomains = new Map<string, string>();
const MOST_PREPARED_DOMAINS = 256;

function demandDomain(text: string): string {
  const known = preparedDomains.get(text);
  if (known !== undefined) return known;
  if (text === '') throw new JidMalformed('The domain is empty.');
  const domain = prepareDomain(text);
  if (domain === undefined) throw new JidMalformed('The domain is not a valid host name.');
  if (!isShort(domain)) throw new JidMalformed(`The domain is longer than ${MAX_PART_BYTES} bytes.`);
  if (text.length <= MAX_REMEMBERED_CHARACTERS) {
    if (preparedDomains.size >= MOST_PREPARED_DOMAINS) preparedDomains.clear();
    preparedDomains.set(text, domain);
  }
  return domain;
}

function prepareResource(text: string): string {
  if (text === '') throw new JidMalformed('The part after the / is empty.');
  const resource = opaqueString(text);
  // A leading space is row 17 of the table of wrong addresses in RFC 7622 §3.5.
  if (resource === undefined || resource.startsWith(' ')) {
    throw new JidMalformed('The part after the / has a character that no resource may have.');
  }
  if (!isShort(resource)) throw new JidMalformed(`The part after the / is longer than ${MAX_PART_BYTES} bytes.`);
  return resource;
}

/** The address made of its parts, each brought into its normal form. Throws `JidMalformed`. */
export function jid(local: string | undefined, domain: string, resource?: string): Jid {
  return new Jid(
    local === undefined ? undefined : prepareLocal(local),
    demandDomain(domain),
    resource === undefined ? undefined : prepareResource(resource),
  );
}

/** Reads an address. RFC 7622 §3.2: the first `/` ends the domain, the first `@` before it ends the local part. Throws `JidMalformed`. */
export function parseJid(text: string): Jid {
  if (text.length > MAX_JID_CHARACTERS) throw new JidMalformed('The address is too long.');
  const slash = text.indexOf('/');
  const bare = slash < 0 ? text : text.slice(0, slash);
  const at = bare.indexOf('@');
  return jid(at < 0 ? undefined : bare.slice(0, at), bare.slice(at + 1), slash < 0 ? undefined : text.slice(slash + 1));
}

/** `tryJid` remembers at most twice this many texts: the present generation and the one before. */
export const JID_CACHE_GENERATION = 10_000;
let young = new Map<string, Jid>();
let old = new Map<string, Jid>();

function parseQuietly(text: string): Jid | undefined {
  try {
    return parseJid(text);
  } catch (error) {
    if (error instanceof JidMalformed) return undefined;
    throw error;
  }
}

/** Reads an address; undefined when it is none. Remembers recent good ones (bounded), so that a busy address costs one look-up. */
export function tryJid(text: string): Jid | undefined {
  const known = young.get(text);
  if (known !== undefined) return known;
  const parsed = old.get(text) ?? parseQuietly(text);
  if (parsed === undefined || text.length > MAX_REMEMBERED_CHARACTERS) return parsed;
  if (young.size >= JID_CACHE_GENERATION) {
    old = young;
    young = new Map();
  }
  young.set(text, parsed);
  return parsed;
}

/** True when both are addresses of the same account (or room, or host). */
export function sameBare(a: Jid, b: Jid): boolean {
  return a.bare === b.bare;
}
