// What an authority has done, as it stands in its file: rules without I/O.
import { Failure } from '@interoffice/telemetry';

/** A certificate that was issued. Times in milliseconds since 1970. */
export interface IssuedRecord {
  /** Upper-case hexadecimal. */
  readonly serial: string;
  readonly names: readonly string[];
  readonly at: number;
  readonly notAfter: number;
  readonly revokedAt?: number;
}

/** One line of the file. */
export type AuthorityDeed =
  | ({ readonly did: 'issued' } & Omit<IssuedRecord, 'revokedAt'>)
  | { readonly did: 'revoked'; readonly serial: string; readonly at: number }
  | { readonly did: 'listed'; readonly number: number; readonly at: number };

/** The lines of the file. Throws AUTHORITY_RECORD_INVALID, naming the line: what was taken back must not be forgotten. */
export function parseDeeds(text: string, path: string): AuthorityDeed[] {
  return text.split('\n').flatMap((line, index) => {
    if (line === '') return [];
    const deed = parse(line);
    if (deed) return [deed];
    throw new Failure('AUTHORITY_RECORD_INVALID', `${path}, line ${index + 1} is damaged; restore it from the backup`);
  });
}

/** What came of the deeds: certificates, the latest first, and the highest number of a list. */
export function standingOf(deeds: readonly AuthorityDeed[]): { issued: IssuedRecord[]; lists: number } {
  const revoked = new Map<string, number>();
  const issued: IssuedRecord[] = [];
  let lists = 0;
  for (const deed of deeds) {
    if (deed.did === 'listed') lists = Math.max(lists, deed.number);
    // The first time counts.
    else if (deed.did === 'revoked') revoked.set(deed.serial, revoked.get(deed.serial) ?? deed.at);
    else issued.push({ serial: deed.serial, names: deed.names, at: deed.at, notAfter: deed.notAfter });
  }
  const shown = issued.map((one) => {
    const revokedAt = revoked.get(one.serial);
    return revokedAt === undefined ? one : { ...one, revokedAt };
  });
  return { issued: shown.toReversed(), lists };
}

function parse(line: string): AuthorityDeed | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Answered by the caller, with the number of the line.
    return undefined;
  }
  return isDeed(value) ? value : undefined;
}

function isDeed(value: unknown): value is AuthorityDeed {
  if (typeof value !== 'object' || value === null) return false;
  const { did, serial, names, at, notAfter, number } = value as Record<string, unknown>;
  if (typeof at !== 'number') return false;
  if (did === 'listed') return Number.isSafeInteger(number);
  if (typeof serial !== 'string' || !/^[0-9A-F]+$/.test(serial)) return false;
  if (did === 'revoked') return true;
  return (
    did === 'issued' &&
    typeof notAfter === 'number' &&
    Array.isArray(names) &&
    names.every((n) => typeof n === 'string')
  );
}
