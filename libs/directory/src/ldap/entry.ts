import { jid, JidMalformed } from '@interoffice/wire';
import type { Entry } from 'ldapts';
import type { FoundPerson, Person } from '../account-records.js';
import { photoOf } from '../photo.js';

/** Which attribute holds what. */
export interface LdapAttributes {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly mail: string;
  readonly title: string;
  readonly department: string;
  readonly phone: string;
  readonly office: string;
  readonly photo: string;
}

/** Everything that may be long or shown to many is cut here, once. */
const LONGEST_TEXT = 512;

/** True for an id that is bytes and not text: Active Directory's objectGUID. */
export function isBinaryId(attribute: string): boolean {
  return /^(objectguid|guid)$/i.test(attribute);
}

/** The first value as text, cut to 512 characters; undefined when there is none. Attribute names match in any case. */
export function textOf(entry: Entry, attribute: string): string | undefined {
  const value = valueOf(entry, attribute);
  const text = Buffer.isBuffer(value) ? value.toString('utf8') : value;
  return text === undefined || text === '' ? undefined : text.slice(0, LONGEST_TEXT);
}

/** The first value as bytes; undefined when there is none. */
export function bytesOf(entry: Entry, attribute: string): Buffer | undefined {
  const value = valueOf(entry, attribute);
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
}

/** The stable id as text: entryUUID as it is, objectGUID as hex. */
export function idOf(entry: Entry, attribute: string): string | undefined {
  if (!isBinaryId(attribute)) return textOf(entry, attribute);
  const value = valueOf(entry, attribute);
  return value === undefined ? undefined : Buffer.from(value).toString('hex');
}

/** What the entry says about the person. */
export function personOf(entry: Entry, attributes: LdapAttributes): Person {
  const photo = valueOf(entry, attributes.photo);
  return {
    name: textOf(entry, attributes.name) ?? textOf(entry, 'cn'),
    mail: textOf(entry, attributes.mail),
    title: textOf(entry, attributes.title),
    department: textOf(entry, attributes.department),
    phone: textOf(entry, attributes.phone),
    office: textOf(entry, attributes.office),
    photo: Buffer.isBuffer(photo) ? photoOf(photo) : undefined,
  };
}

/** The entry as a person of this domain; undefined when it has no log-in name or id, or its name cannot be an address. */
export function foundPerson(
  entry: Entry,
  source: { name: string; domain: string; attributes: LdapAttributes },
): FoundPerson | undefined {
  const login = textOf(entry, source.attributes.login);
  const directoryId = idOf(entry, source.attributes.id);
  if (login === undefined || directoryId === undefined) return undefined;
  try {
    return {
      jid: jid(login, source.domain),
      directory: source.name,
      directoryId,
      person: personOf(entry, source.attributes),
    };
  } catch (error) {
    if (error instanceof JidMalformed) return undefined;
    throw error;
  }
}

function valueOf(entry: Entry, attribute: string): string | Buffer | undefined {
  // Absent attributes that were asked for come back as [], beside those the server names in another case. COMPAT(ldapts, 9.2)
  const names = Object.keys(entry).filter((key) => key.toLowerCase() === attribute.toLowerCase());
  return names.flatMap((name) => entry[name] ?? [])[0];
}
