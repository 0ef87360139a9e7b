import { createHash } from 'node:crypto';
import { normalDn } from '../../../libs/directory/src/ldap/distinguished-name.js';
import type { LdapAttributes } from '../../../libs/directory/src/ldap/entry.js';
import type { SeenGroup, SeenPerson } from '../../../libs/directory/src/people-source.js';
import { texts, type LdifEntry } from './ldif.js';

/** A person or a group in one line, so that two lists of them compare as sets. */
export type Line = string;

/** As our reading has them. */
export function personLine({ directoryId, dn, login, person }: SeenPerson): Line {
  const { name, mail, title, department, phone, office, photo } = person;
  const hash = photo ? digest(photo.bytes) : undefined;
  return lineOf([directoryId, normalDn(dn), login, name, mail, title, department, phone, office, hash]);
}

/** The same from what ldapsearch printed. */
export function toldPerson(entry: LdifEntry, attributes: LdapAttributes): Line {
  const { id, login, name, mail, title, department, phone, office } = attributes;
  const first = (attribute: string) => texts(entry, attribute)[0];
  const photo = entry.values.get(attributes.photo.toLowerCase())?.[0];
  const facts = [mail, title, department, phone, office].map(first);
  const shown = first(name) ?? first('cn');
  return lineOf([idOf(entry, id), normalDn(entry.dn), first(login), shown, ...facts, photo && digest(photo)]);
}

export function groupLine({ directoryId, dn, name, members, memberLogins }: SeenGroup): Line {
  return lineOf([directoryId, normalDn(dn), name, ...members.toSorted(), ...memberLogins.toSorted()]);
}

/** Without the members that stand for somebody of another domain, whom nobody here can know. */
export function toldGroup(entry: LdifEntry, id: string): Line {
  const members = [...texts(entry, 'member'), ...texts(entry, 'uniqueMember')].map(normalDn);
  const own = members.filter((dn) => !dn.includes(',cn=foreignsecurityprincipals,')).toSorted();
  const logins = texts(entry, 'memberUid').toSorted();
  return lineOf([idOf(entry, id), normalDn(entry.dn), texts(entry, 'cn')[0], ...own, ...logins]);
}

/** The stable id as our reading writes it: bytes as hex. */
export function idOf(entry: LdifEntry, attribute: string): string {
  const value = entry.values.get(attribute.toLowerCase())?.[0];
  if (!value) throw new Error(`${entry.dn} has no ${attribute}`);
  return attribute === 'objectGUID' ? value.toString('hex') : value.toString();
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function lineOf(facts: readonly (string | undefined)[]): Line {
  return facts.map((fact) => fact ?? '-').join(' | ');
}
