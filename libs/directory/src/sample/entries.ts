import type { SampleAttributes } from './matches-filter.js';
import { type SamplePerson, stableUuid } from './people.js';

/** The top of the sample directory. */
export const SUFFIX = 'dc=office,dc=localhost';

/** One entry; `key` is its DN for comparing. */
export interface SampleEntry {
  readonly dn: string;
  readonly key: string;
  /** As they are sent. */
  readonly shown: Readonly<Record<string, readonly (string | Buffer)[]>>;
  /** As they are searched: names in lower case. */
  readonly attributes: SampleAttributes;
}

/** Everything below the suffix: people, and the groups they are in. */
export function entriesOf(people: readonly SamplePerson[], domain: string): SampleEntry[] {
  const groups = [...new Set(people.flatMap((person) => person.groups))];
  return [
    container('people'),
    container('groups'),
    ...people.map((person) => personEntry(person, domain)),
    ...groups.map((group) =>
      entry(`cn=${group},ou=groups,${SUFFIX}`, {
        objectClass: ['groupOfNames'],
        entryUUID: [stableUuid(`group ${group}`)],
        cn: [group],
        member: people.filter((person) => person.groups.includes(group)).map(({ uid }) => personDn(uid)),
      }),
    ),
  ];
}

function container(ou: string): SampleEntry {
  return entry(`ou=${ou},${SUFFIX}`, { objectClass: ['organizationalUnit'], ou: [ou] });
}

function personEntry(person: SamplePerson, domain: string): SampleEntry {
  return entry(personDn(person.uid), {
    objectClass: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
    uid: [person.uid],
    entryUUID: [person.entryUuid],
    cn: [person.display],
    displayName: [person.display],
    givenName: [person.given],
    sn: [person.family],
    mail: [`${person.uid}@${domain}`],
    title: [person.title],
    departmentNumber: [person.department],
    telephoneNumber: [person.phone],
    l: [person.office],
    memberOf: person.groups.map((group) => `cn=${group},ou=groups,${SUFFIX}`),
    jpegPhoto: [person.photo],
  });
}

function entry(dn: string, attributes: Record<string, readonly (string | Buffer)[]>): SampleEntry {
  const lower = Object.entries(attributes).map(([name, values]) => [name.toLowerCase(), values] as const);
  return { dn, key: normal(dn), shown: attributes, attributes: new Map(lower) };
}

function personDn(uid: string): string {
  return `uid=${uid},ou=people,${SUFFIX}`;
}

/** The log-in name of a person's entry. */
export function uidOf(found: SampleEntry | undefined): string | undefined {
  const uid = found?.attributes.get('uid')?.[0];
  return uid === undefined ? undefined : String(uid);
}

/** A DN for comparing: lower case, no spaces around commas. */
export function normal(dn: string): string {
  return dn.toLowerCase().replaceAll(/\s*([,=])\s*/g, '$1');
}
