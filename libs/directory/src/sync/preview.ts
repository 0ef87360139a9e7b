import { DESCRIPTION, endsSessions, type Candidate, type PlannedChange } from '../records/adoption.js';
import type { KnownAccount } from '../records/known-account.js';
import type { LeftOut, Preview, PreviewLine, SyncCounts } from './sync-records.js';
import { newlyRefusedBy, type SyncPlan } from './sync-plan.js';

/** Lines of each kind in a preview. */
const MOST_LINES = 100;

/** What the plan would do, for somebody to look at. */
export function previewOf(plan: SyncPlan): Preview {
  const { adoption } = plan;
  const readmitted = adoption.changed.filter(isReadmitted);
  const refused = newlyRefusedBy(plan);
  const ids = new Set(refused.map(({ account }) => account.id));
  const others = adoption.changed.filter((change) => !isReadmitted(change) && !ids.has(change.before.id));
  return {
    counts: countsOf(plan),
    added: adoption.added.slice(0, MOST_LINES).map(newcomer),
    changed: others.slice(0, MOST_LINES).map((change) => line(change.before, fieldsOf(change))),
    refused: refused.slice(0, MOST_LINES).map(({ account, refusal }) => line(account, refusal)),
    readmitted: readmitted.slice(0, MOST_LINES).map(({ before }) => line(before, before.refusal)),
    leftOut: leftOutOf(adoption),
  };
}

/** How many of what. */
export function countsOf(plan: SyncPlan): SyncCounts {
  const { adoption, seen, groups } = plan;
  const refused = newlyRefusedBy(plan).length;
  const refusedOfSeen = newlyRefusedBy({ ...plan, lost: [] }).length;
  const readmitted = adoption.changed.filter(isReadmitted).length;
  return {
    seen,
    groups,
    refused,
    readmitted,
    added: adoption.added.length,
    changed: adoption.changed.length - refusedOfSeen - readmitted,
    unchanged: adoption.unchanged,
    unusable: adoption.unusable,
    leftOut: adoption.taken.length + adoption.ambiguous.length,
  };
}

/** The first hundred entries that got no address. */
export function leftOutOf(adoption: { taken: readonly Candidate[]; ambiguous: readonly Candidate[] }): LeftOut[] {
  const because = (reason: LeftOut['because']) => (one: Candidate) => ({
    directoryId: one.found.directoryId,
    dn: one.facts?.dn,
    jid: one.found.jid.bare,
    because: reason,
  });
  return [...adoption.taken.map(because('taken')), ...adoption.ambiguous.map(because('ambiguous'))].slice(
    0,
    MOST_LINES,
  );
}

function isReadmitted({ before, candidate }: PlannedChange): boolean {
  return endsSessions(before.refusal) && !endsSessions(candidate.facts?.refusal);
}

function newcomer({ found, facts }: Candidate): PreviewLine {
  return { jid: found.jid.bare, name: found.person.name, dn: facts?.dn, what: facts?.refusal };
}

function line({ jid, name, dn }: KnownAccount, what: string | undefined): PreviewLine {
  return { jid: jid.bare, name, dn, what };
}

function fieldsOf({ before, candidate: { found, facts, photo } }: PlannedChange): string {
  const fields: string[] = DESCRIPTION.filter((field) => before[field] !== found.person[field]);
  if (before.photoSource !== photo?.source) fields.push('photo');
  if (facts) {
    for (const field of ['dn', 'login', 'principal', 'primaryGroup', 'refusal'] as const)
      if (before[field] !== facts[field]) fields.push(field);
  }
  return fields.join(', ');
}
