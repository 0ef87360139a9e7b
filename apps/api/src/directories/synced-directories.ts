import type { AccountExplanation, Directory, DirectoryPreview, DirectoryServer, Finding } from '@interoffice/contract';
import type {
  AccountRecords,
  Directory as PeopleDirectory,
  GroupRecords,
  Membership,
  RoleRule,
} from '@interoffice/directory';
import { Failure } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import type { AdministeredDirectories } from './administered-directories.js';
import { type Belongings, groupOf, roleOf, roomsOf, teamOf } from './what-follows.js';

/** One directory source with its sync. */
export interface SyncedSource {
  readonly name: string;
  readonly domains: readonly string[];
  /** Roles that its groups give. */
  readonly roles: readonly RoleRule[];
  servers(): readonly DirectoryServer[];
  /** Everything of `Directory` that its sync knows. */
  state(): Promise<Pick<Directory, 'syncs' | 'nextFullAt' | 'progress' | 'held'>>;
  sync(kind: 'full' | 'changes'): void;
  preview(): Promise<DirectoryPreview>;
  decide(held: string, decision: { readonly what: 'apply' | 'reject'; readonly by: string }): Promise<void>;
  examine(login: string | undefined): Promise<readonly Finding[]>;
}

export interface DirectoryParts {
  readonly sources: readonly SyncedSource[];
  readonly directory: Pick<PeopleDirectory, 'explain'>;
  readonly records: AccountRecords;
  readonly groups: Pick<GroupRecords, 'groupsOf' | 'list'>;
  readonly rooms: {
    roomsOf(bare: string): Promise<readonly { readonly room: string; readonly affiliation: string }[]>;
    /** By what stands before the @. */
    addressOf(local: string): Jid;
  };
  /** What the settings make of somebody's groups. */
  readonly rules: {
    of(directory: string, memberships: readonly Membership[]): Belongings;
  };
}

/** The sources of the settings, as administrators see them. */
export class SyncedDirectories implements AdministeredDirectories {
  constructor(private readonly parts: DirectoryParts) {}

  list(): Promise<readonly Directory[]> {
    return Promise.all(this.parts.sources.map((source) => this.#describe(source)));
  }

  async find(name: string): Promise<Directory | undefined> {
    const source = this.parts.sources.find((one) => one.name === name);
    return source && this.#describe(source);
  }

  async sync(name: string, kind: 'full' | 'changes'): Promise<void> {
    this.#source(name).sync(kind);
  }

  async preview(name: string): Promise<DirectoryPreview> {
    return this.#source(name).preview();
  }

  async decide(name: string, held: string, decision: { what: 'apply' | 'reject'; by: string }): Promise<void> {
    await this.#source(name).decide(held, decision);
  }

  async examine(name: string, login: string | undefined): Promise<readonly Finding[]> {
    return this.#source(name).examine(login);
  }

  async explain(account: Jid): Promise<AccountExplanation | undefined> {
    const { directory, records, groups, rooms, rules } = this.parts;
    const [said, record] = await Promise.all([directory.explain(account), records.find(account.bare)]);
    if (!record && said.dn === undefined) return undefined;
    const [memberships, inRooms, former] = await Promise.all([
      record ? groups.groupsOf(record.id) : [],
      rooms.roomsOf(account.bare),
      records.formerNames(account.bare),
    ]);
    const following = record ? rules.of(record.directory, memberships) : { teams: [], rooms: [] };
    return {
      account: said.account,
      directory: said.directory,
      dn: said.dn,
      server: said.server,
      state: said.state,
      mayLogIn: said.mayLogIn,
      because: [...said.because],
      filters: (said.filters ?? []).map((filter) => ({ ...filter })),
      names: [...(said.names ?? [])],
      formerNames: former.flatMap((names) =>
        [names.jid, names.name, names.login, names.mail].filter((text) => text !== undefined),
      ),
      groups: memberships.map(groupOf),
      rooms: roomsOf(
        inRooms,
        following.rooms.map((one) => ({ ...one, room: rooms.addressOf(one.name).bare })),
        memberships,
      ),
      teams: following.teams.map((team) => teamOf(team, memberships)),
      roles: record ? [roleOf(record, memberships, this.#rulesOf(record.directory))] : [],
    };
  }

  async #describe(source: SyncedSource): Promise<Directory> {
    const { name, domains } = source;
    const page = { directory: name, sort: 'jid', descending: false, offset: 0, limit: 1 } as const;
    const [people, refused, groups, state] = await Promise.all([
      this.parts.records.list(page),
      this.parts.records.list({ ...page, refusal: 'any' }),
      this.parts.groups.list(name),
      source.state(),
    ]);
    return {
      name,
      domains: [...domains],
      servers: [...source.servers()],
      people: people.total,
      refused: refused.total,
      groups: groups.length,
      ...state,
    };
  }

  #rulesOf(name: string): readonly RoleRule[] {
    return this.parts.sources.find((source) => source.name === name)?.roles ?? [];
  }

  #source(name: string): SyncedSource {
    const source = this.parts.sources.find((one) => one.name === name);
    if (!source) throw new Failure('NO_SUCH_DIRECTORY', `There is no directory ${name} in the settings.`);
    return source;
  }
}
