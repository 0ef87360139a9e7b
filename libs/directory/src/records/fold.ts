import { plainLetters } from '@interoffice/storage';

const ACCENTS = /[\u0300-\u036f]/g;

/** Text as people are searched for: without case and accents, compatibility forms as the plain ones. */
export function fold(text: string): string {
  const bare = text.normalize('NFKD').replace(ACCENTS, '').toLowerCase();
  return plainLetters(bare)
    .normalize('NFC')
    .replaceAll(/[\s\0]+/g, ' ');
}

/** The words of what somebody typed, each of which must be found, the longest first: it narrows most. */
export function wordsOf(text: string): readonly string[] {
  const words = fold(text).trim().split(' ');
  return [...new Set(words.filter((word) => word !== ''))].sort((a, b) => b.length - a.length);
}

/** What finds a person, folded: what they are called in the first line, in the second what else stands there. */
export function searchText(person: Findable): string {
  const { name, jid, login, mail, department, title, phone, office } = person;
  // People type numbers without the spaces that directories write them with.
  const digits = phone?.replaceAll(/[^+\d]/g, '');
  return `${line(name, jid, login, mail)}\n${line(department, title, phone, digits, office)}`;
}

interface Findable {
  readonly name?: string | undefined;
  /** Bare. */
  readonly jid: string;
  readonly login?: string | undefined;
  readonly mail?: string | undefined;
  readonly department?: string | undefined;
  readonly title?: string | undefined;
  readonly phone?: string | undefined;
  readonly office?: string | undefined;
}

function line(...texts: readonly (string | undefined)[]): string {
  return texts
    .filter((text) => text !== undefined)
    .map(fold)
    .join(' ');
}
