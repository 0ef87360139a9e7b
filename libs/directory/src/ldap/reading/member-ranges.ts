import { Failure } from '@interoffice/telemetry';
import type { Entry } from 'ldapts';
import type { Reading } from './reading.js';
import { textsOf, textsUnder } from './values.js';

const RANGE = /^member;range=(\d+)-(\d+|\*)$/i;

/** A part of the values of `member`, and where the next one begins; undefined: this was the last. */
interface Part {
  readonly members: readonly string[];
  readonly next: number | undefined;
}

/**
 * The DNs in `member`, all of them. Active Directory gives no more than 1,500 values at once and then the attribute by
 * another name, `member;range=0-1499`, beside an empty `member`; the rest is asked for by range until one ends in `*`
 * ([MS-ADTS] 3.1.1.3.1.3.3). A plain `member` that is empty there is asked for by range as well.
 */
export async function allMembers(group: Entry, reading: Reading): Promise<readonly string[]> {
  const plain = textsOf(group, 'member');
  const first = partOf(group);
  if (!first && (plain.length > 0 || reading.scope.kind !== 'active-directory')) return plain;
  const members = [...(first?.members ?? [])];
  for (let from = first ? first.next : 0; from !== undefined;) {
    const part = await nextPart(group.dn, from, reading);
    members.push(...part.members);
    if (part.next !== undefined && part.next <= from) throw stuck(group.dn);
    from = part.next;
  }
  return members;
}

/** Asked for explicitly, and understood also where the server answers with the whole attribute by its plain name. */
async function nextPart(dn: string, from: number, { reader }: Reading): Promise<Part> {
  const entry = await reader.entry(dn, [`member;range=${from}-*`]);
  if (!entry) return { members: [], next: undefined };
  return partOf(entry) ?? { members: from === 0 ? textsOf(entry, 'member') : [], next: undefined };
}

/** Undefined for an entry without a range. A range asked for and not given comes back as an empty one: skipped. */
function partOf(entry: Entry): Part | undefined {
  for (const key of Object.keys(entry)) {
    const [, , until] = RANGE.exec(key) ?? [];
    const members = until === undefined ? [] : textsUnder(entry, key);
    if (members.length > 0) return { members, next: until === '*' ? undefined : Number(until) + 1 };
  }
  return undefined;
}

function stuck(group: string): Failure {
  return new Failure('DIRECTORY_RESULT_CUT', `the directory gives the members of ${group} over and over`);
}
