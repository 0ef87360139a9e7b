import { ENDS_SESSIONS, type Refusal, type SeenPerson } from '../people-source.js';
import type { FoundPerson } from '../person.js';
import type { KnownAccount } from './known-account.js';

/** Where a photo is: the hash of what the directory holds, and of what was made of it (XEP-0153). */
export interface KeptPhoto {
  readonly source: string;
  /** SHA-1, hex. */
  readonly hash: string;
}

/** What only a sync sees of an entry; a log-in knows the description alone. */
export type EntryFacts = Pick<SeenPerson, 'dn' | 'login' | 'principal' | 'primaryGroup' | 'refusal'>;

/** A person on the way into the records: the photo is kept already, and of it only the hashes are here. */
export interface Candidate {
  readonly found: FoundPerson;
  readonly facts: EntryFacts | undefined;
  readonly photo: KeptPhoto | undefined;
  /** It is not known whether there is one: that of before stays. */
  readonly photoUnread: boolean;
}

/** An account and what the directory says of it now. */
export interface PlannedChange {
  readonly before: KnownAccount;
  readonly candidate: Candidate;
}

/** What bringing people into the records would change. */
export interface AdoptionPlan {
  readonly added: readonly Candidate[];
  readonly changed: readonly PlannedChange[];
  readonly unchanged: number;
  /** Who the directory refuses and never had an account: they get none. */
  readonly unusable: number;
  /** The address belongs, or belonged, to another account. */
  readonly taken: readonly Candidate[];
  /** Two new entries want one address: nobody gets it. */
  readonly ambiguous: readonly Candidate[];
}

/** An account that was written; `before` is undefined for a new one. */
export interface Change {
  readonly before: KnownAccount | undefined;
  readonly after: KnownAccount;
}

/** What was done. */
export interface Adoption {
  readonly changes: readonly Change[];
  readonly unchanged: number;
  readonly taken: readonly Candidate[];
  readonly ambiguous: readonly Candidate[];
}

/** True when the directory's word ends what a person has open. */
export function endsSessions(refusal: Refusal | undefined): boolean {
  return refusal !== undefined && ENDS_SESSIONS.has(refusal);
}

/** Without the photo's bytes, and without NUL characters, which PostgreSQL cannot keep. */
export function candidateOf(seen: FoundPerson | SeenPerson, photo: KeptPhoto | undefined): Candidate {
  const { jid, directory, directoryId, person } = seen;
  const texts = DESCRIPTION.map((field) => [field, person[field]?.replaceAll('\0', '')]);
  const found = { jid, directory, directoryId, person: Object.fromEntries(texts) };
  const photoUnread = 'dn' in seen && seen.photoUnread === true;
  return { found, facts: 'dn' in seen ? factsOf(seen) : undefined, photo, photoUnread };
}

/**
 * Compares people of one source with the accounts of their stable ids. `held` are the addresses, of those wanted here,
 * that any account has or has had.
 */
export function planAdoption(
  people: readonly Candidate[],
  known: readonly KnownAccount[],
  held: ReadonlySet<string>,
): AdoptionPlan {
  const accounts = new Map(known.map((account) => [account.directoryId, account]));
  const latest = new Map(people.map((candidate) => [candidate.found.directoryId, candidate]));
  const changed: PlannedChange[] = [];
  const newcomers: Candidate[] = [];
  let unusable = 0;
  for (const [id, candidate] of latest) {
    const before = accounts.get(id);
    if (before) changed.push({ before, candidate: keepingPhoto(candidate, before) });
    else if (endsSessions(candidate.facts?.refusal)) unusable++;
    else newcomers.push(candidate);
  }
  const differing = changed.filter(differs);
  return { ...sorted(newcomers, held), changed: differing, unchanged: changed.length - differing.length, unusable };
}

/** Those whom the plan ends the sessions of: whom the guard counts. */
export function newlyRefused(plan: AdoptionPlan): readonly PlannedChange[] {
  return plan.changed.filter(
    ({ before, candidate }) => before.state === 'active' && endsSessions(candidate.facts?.refusal),
  );
}

export const DESCRIPTION = ['name', 'mail', 'department', 'title', 'phone', 'office'] as const;
const FACTS = ['dn', 'login', 'principal', 'primaryGroup', 'refusal'] as const;

function keepingPhoto(candidate: Candidate, { photoSource, photoHash }: KnownAccount): Candidate {
  if (!candidate.photoUnread) return candidate;
  const isThere = photoSource !== undefined && photoHash !== undefined;
  return { ...candidate, photo: isThere ? { source: photoSource, hash: photoHash } : undefined };
}

function factsOf(seen: SeenPerson): EntryFacts {
  const { dn, login, principal, primaryGroup, refusal } = seen;
  return { dn, login, principal, primaryGroup, refusal };
}

function sorted(
  newcomers: readonly Candidate[],
  held: ReadonlySet<string>,
): Pick<AdoptionPlan, 'added' | 'taken' | 'ambiguous'> {
  const wanting = new Map<string, Candidate[]>();
  for (const candidate of newcomers) {
    const { bare } = candidate.found.jid;
    wanting.set(bare, [...(wanting.get(bare) ?? []), candidate]);
  }
  const taken = newcomers.filter(({ found }) => held.has(found.jid.bare));
  const free = [...wanting].filter(([bare]) => !held.has(bare)).map(([, candidates]) => candidates);
  return {
    added: free.filter((candidates) => candidates.length === 1).flat(),
    ambiguous: free.filter((candidates) => candidates.length > 1).flat(),
    taken,
  };
}

function differs({ before, candidate: { found, facts, photo } }: PlannedChange): boolean {
  if (before.photoSource !== photo?.source || before.photoHash !== photo?.hash) return true;
  if (DESCRIPTION.some((field) => before[field] !== found.person[field])) return true;
  return facts !== undefined && FACTS.some((field) => before[field] !== facts[field]);
}
