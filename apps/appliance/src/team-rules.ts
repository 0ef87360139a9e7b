import type { Belongings } from '@interoffice/api';
import { type GroupRecords, type Membership, normalDn, type SyncRun } from '@interoffice/directory';
import type { Team, TeamRoom, TeamRooms, TeamRosters } from '@interoffice/server';
import type { Log } from '@interoffice/telemetry';

/** People of a group have each other in their rosters. */
export interface TeamRule {
  /** DN. */
  readonly group: string;
  /** In the roster; undefined: as the directory calls it. */
  readonly name: string | undefined;
  /** Who has them too: nobody, everybody of the directory, or the people of these groups (DNs). */
  readonly visibleTo: 'own' | 'all' | readonly string[];
  readonly most: number;
}

/** People of a group are the members of a room. */
export interface RoomRule {
  /** DN. */
  readonly group: string;
  /** What stands before the @. */
  readonly room: string;
  /** Undefined: as the directory calls the group. */
  readonly title: string | undefined;
  readonly membership: 'mandatory' | 'optional';
  /** DN. */
  readonly owners: string | undefined;
}

/** The rules of one source. */
export interface SourceRules {
  readonly name: string;
  readonly teams: readonly TeamRule[];
  readonly rooms: readonly RoomRule[];
}

export interface TeamRuleParts {
  readonly sources: readonly SourceRules[];
  readonly groups: Pick<GroupRecords, 'find' | 'membersOf'>;
  readonly teams: {
    readonly rosters: Pick<TeamRosters, 'apply' | 'directories' | 'peopleOf'>;
    readonly rooms: Pick<TeamRooms, 'apply' | 'directories'>;
  };
  readonly log: Log;
}

/** Carries the rules for teams and rooms out after syncs; what cannot be done now is done with the next one. */
export class TeamRules {
  readonly #due = new Set<string>();
  /** What was carried out last, by source. */
  readonly #applied = new Map<string, string>();
  readonly #missing = new Set<string>();
  #isOpen = false;
  #work: Promise<void> | undefined;

  constructor(private readonly parts: TeamRuleParts) {}

  /**
   * Carries all rules out, those of sources that are not in the settings any more included: they have none. Returns when
   * that is done; what fails is an event. Call it once rooms may be changed.
   */
  async start(): Promise<void> {
    this.#isOpen = true;
    for (const { name } of this.parts.sources) this.#due.add(name);
    try {
      for (const name of await this.#served()) this.#due.add(name);
    } catch (error) {
      this.parts.log.error('appliance.teams.failed', { error: error as Error });
    }
    await this.#begin();
  }

  /** A sync has ended. */
  synced({ directory, kind, outcome, counts }: SyncRun): void {
    if (outcome !== 'done' && outcome !== 'partial') return;
    const { added, changed, refused, readmitted } = counts;
    if (kind === 'online' && added + changed + refused + readmitted === 0) return;
    // At night everything is compared, whatever is believed to be as it was.
    if (kind === 'full') this.#applied.delete(directory);
    this.#due.add(directory);
    void this.#begin();
  }

  /** Nothing begins any more; returns when what is under way has ended. */
  async stop(): Promise<void> {
    this.#isOpen = false;
    await this.#work;
  }

  /** Which teams and rooms follow for somebody of a source who is in these groups, and from which of them. */
  of(directory: string, memberships: readonly Membership[]): Belongings {
    const rules = this.#rulesOf(directory);
    const mine = new Map(memberships.map((one) => [normalDn(one.group.dn), one]));
    return {
      teams: rules.teams.flatMap((rule) => teamOf(rule, mine)),
      rooms: rules.rooms.flatMap((rule) => roomOf(rule, mine)),
    };
  }

  #begin(): Promise<void> {
    if (!this.#isOpen) return Promise.resolve();
    this.#work ??= this.#drain().finally(() => (this.#work = undefined));
    return this.#work;
  }

  /** One source at a time; what becomes due meanwhile follows. */
  async #drain(): Promise<void> {
    for (const directory of this.#due) {
      if (!this.#isOpen) return;
      this.#due.delete(directory);
      await this.#apply(directory);
    }
  }

  async #apply(directory: string): Promise<void> {
    const { teams, log } = this.parts;
    try {
      const found = await this.#resolve(directory);
      const whole = JSON.stringify([found, await teams.rosters.peopleOf(directory)]);
      if (this.#applied.get(directory) === whole) return;
      this.#applied.delete(directory);
      await teams.rosters.apply(directory, found.teams);
      if (await teams.rooms.apply(directory, found.rooms)) this.#applied.set(directory, whole);
    } catch (error) {
      this.#applied.delete(directory);
      log.error('appliance.teams.failed', { directory, error: error as Error });
    }
  }

  /** The rules with the people they mean, read before anything is changed. */
  async #resolve(directory: string): Promise<{ teams: readonly Team[]; rooms: readonly TeamRoom[] }> {
    const rules = this.#rulesOf(directory);
    const teams: Team[] = [];
    const rooms: TeamRoom[] = [];
    for (const { group, name, visibleTo, most } of rules.teams) {
      const found = await this.#people(directory, group);
      if (!found) continue;
      const others = typeof visibleTo === 'string' ? [] : visibleTo;
      const seeing = await Promise.all(others.map((dn) => this.#people(directory, dn)));
      const seenBy = visibleTo === 'all' ? visibleTo : seeing.flatMap((one) => one?.ids ?? []);
      teams.push({ name: name ?? found.name, members: found.ids, seenBy, most });
    }
    for (const { group, room, title, membership, owners } of rules.rooms) {
      const found = await this.#people(directory, group);
      const owning = owners === undefined ? { ids: [] } : await this.#people(directory, owners);
      const people = found && owning && { members: found.ids, owners: owning.ids };
      rooms.push({ room, title: title ?? found?.name ?? room, membership, people });
    }
    return { teams, rooms };
  }

  /** Undefined, and an event once, when the directory shows no such group. */
  async #people(directory: string, dn: string): Promise<{ name: string; ids: readonly number[] } | undefined> {
    const { groups, log } = this.parts;
    const group = await groups.find(directory, dn);
    const key = `${directory}\n${dn}`;
    if (!group) {
      if (!this.#missing.has(key)) log.warn('appliance.teams.group.missing', { directory, group: dn });
      this.#missing.add(key);
      return undefined;
    }
    this.#missing.delete(key);
    return { name: group.name, ids: [...(await groups.membersOf(group.id))].sort((a, b) => a - b) };
  }

  async #served(): Promise<string[]> {
    const { rosters, rooms } = this.parts.teams;
    return [...(await rosters.directories()), ...(await rooms.directories())];
  }

  #rulesOf(directory: string): SourceRules {
    const found = this.parts.sources.find(({ name }) => name === directory);
    return found ?? { name: directory, teams: [], rooms: [] };
  }
}

function teamOf(rule: TeamRule, mine: ReadonlyMap<string, Membership>): Belongings['teams'][number][] {
  const member = mine.get(normalDn(rule.group));
  if (member) return [{ name: rule.name ?? member.group.name, group: member.group.dn, as: 'member' }];
  const name = rule.name ?? rule.group;
  if (rule.visibleTo === 'all') return [{ name, group: rule.group, as: 'viewer' }];
  const others = typeof rule.visibleTo === 'string' ? [] : rule.visibleTo;
  const by = others.map((dn) => mine.get(normalDn(dn))).find((one) => one !== undefined);
  return by ? [{ name, group: by.group.dn, as: 'viewer' }] : [];
}

function roomOf(
  { room, group, owners }: RoomRule,
  mine: ReadonlyMap<string, Membership>,
): Belongings['rooms'][number][] {
  const owner = owners === undefined ? undefined : mine.get(normalDn(owners));
  if (owner) return [{ name: room, group: owner.group.dn, as: 'owner' }];
  const member = mine.get(normalDn(group));
  return member ? [{ name: room, group: member.group.dn, as: 'member' }] : [];
}
