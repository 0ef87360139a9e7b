import { Failure } from '@interoffice/telemetry';
import type { Filter } from 'ldapts';
import { membersByWalk } from './members-by-walk.js';
import { membersInChain } from './members-in-chain.js';
import type { Members } from './membership.js';
import { isOver, warnOnce, type Reading } from './reading.js';

/** The groups that decide something about a person: the log-in group and those of the office rules. */
export interface DecidingGroups {
  /** Undefined: everybody may use the server. */
  readonly login: Members | undefined;
  /** By DN as the rules write it. */
  readonly offices: ReadonlyMap<string, Members>;
}

/**
 * Reads the deciding groups; with `narrowing` only as far as entries of that filter are concerned. Rejects with
 * DIRECTORY_GROUP_MISSING when the log-in group is not there: nobody would be in it, which nobody can have meant. A rule
 * whose group is missing fits nobody, with an event.
 */
export async function decidingGroups(reading: Reading, narrowing?: Filter): Promise<DecidingGroups> {
  const { loginGroup, offices } = reading.scope;
  const rules = [...new Set(offices.flatMap(({ group }) => group ?? []))];
  const named = new Map<string, Members>();
  for (const group of rules) {
    const members = await membersOf(reading, group, narrowing);
    if (members) {
      named.set(group, members);
      isOver(reading, 'directory.group.missing', { group });
    } else warnOnce(reading, 'directory.group.missing', { group });
  }
  return {
    login: loginGroup === undefined ? undefined : await loginMembers(reading, loginGroup, narrowing),
    offices: named,
  };
}

async function loginMembers(reading: Reading, group: string, narrowing?: Filter): Promise<Members> {
  const members = await membersOf(reading, group, narrowing);
  if (!members)
    throw new Failure('DIRECTORY_GROUP_MISSING', `the log-in group ${group} is not there, or cannot be read`);
  return members;
}

function membersOf(reading: Reading, group: string, narrowing?: Filter): Promise<Members | undefined> {
  return reading.scope.kind === 'active-directory'
    ? membersInChain(reading, group, narrowing)
    : membersByWalk(reading, group);
}
