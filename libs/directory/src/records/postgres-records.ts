import type { Database, Prepared, Statements } from '@interoffice/storage';
import { silentLog, systemClock, type Clock, type Log } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import {
  accountRefused,
  addressTaken,
  type AccountPage,
  type AccountQuery,
  type AccountRecords,
  type FoundPerson,
  type NewAccount,
  type Person,
  type RoleGrant,
} from '../account-records.js';
import type { AccountState, Photo, Role, ScramMechanism, ScramVerifier, Standing } from '../directory.js';
import type { Refusal, SeenPerson } from '../people-source.js';
import { photoSource, redrawn, type MakePhoto } from '../photo.js';
import { accountOf, namesOf, type AccountRow, type NamesRow } from './account-row.js';
import type { Adoption, AdoptionPlan, Candidate, KeptPhoto } from './adoption.js';
import { searchText, wordsOf } from './fold.js';
import type { FormerNames, KnownAccount } from './known-account.js';
import { PostgresAdoptions } from './postgres-adoptions.js';
import { PostgresPhotos } from './postgres-photos.js';
import { Standings } from './standings.js';
import * as sql from './statements.js';

/** The role of the database that owns the accounts. */
const AS = 'app';
const UNIQUE_VIOLATION = '23505';

export interface PostgresRecordsOptions {
  readonly log?: Log;
  readonly clock?: Clock;
  /** How photos are made of what directories hold; drawn anew unless said. */
  readonly makePhoto?: MakePhoto;
}

/** The accounts in PostgreSQL. */
export class PostgresRecords implements AccountRecords {
  readonly #database: Database;
  readonly #standings: Standings;
  readonly #photos: PostgresPhotos;
  readonly #adoptions: PostgresAdoptions;
  readonly #clock: Clock;

  constructor(
    database: Database,
    { log = silentLog, clock = systemClock, makePhoto = redrawn }: PostgresRecordsOptions = {},
  ) {
    this.#database = database;
    this.#standings = new Standings(database);
    this.#photos = new PostgresPhotos(database, { make: makePhoto, log });
    this.#adoptions = new PostgresAdoptions(database, this.#photos);
    this.#clock = clock;
  }

  find(bare: string): Promise<KnownAccount | undefined> {
    return this.#one(sql.FIND, [bare]);
  }

  async findMany(bares: readonly string[]): Promise<ReadonlyMap<string, KnownAccount>> {
    const accounts = await this.#many(sql.FIND_MANY, [bares]);
    return new Map(accounts.map((account) => [account.jid.bare, account]));
  }

  search(text: string, limit: number): Promise<readonly KnownAccount[]> {
    const { wording, patterns } = wordingOf(text);
    return this.#many(sql.search(wording), [...patterns, limit]);
  }

  async list(query: AccountQuery): Promise<AccountPage> {
    const { text = '', state, role, office, directory, refusal, offset, limit } = query;
    const { wording, patterns } = wordingOf(text);
    const filters = [state, role, office, directory, refusal].map((value) => value ?? null);
    const values = [...patterns, ...filters];
    const records = await this.#many(sql.list(query, wording), [...values, limit, offset]);
    const [counted] = await this.#database.prepared<{ total: string }>(AS, sql.count(wording), values);
    return { records, total: Number(counted?.total ?? 0) };
  }

  async photo(bare: string): Promise<Photo | undefined> {
    const [row] = await this.#database.prepared<{ bytes: Buffer | null; type: string | null }>(AS, sql.PHOTO, [bare]);
    return row?.bytes && row.type ? { type: row.type, bytes: row.bytes } : undefined;
  }

  async adopt(found: FoundPerson | SeenPerson): Promise<KnownAccount> {
    const candidates = await this.#adoptions.stage([found]);
    const plan = await this.plan(found.directory, candidates);
    await this.#put(found.jid.bare, () => this.carryOut(plan, this.#clock.now()));
    const [account] = await this.ofDirectory(found.directory, [found.directoryId]);
    if (!account) throw plan.unusable > 0 ? accountRefused(found) : addressTaken(found.jid.bare);
    return account;
  }

  stage(people: readonly SeenPerson[]): Promise<readonly Candidate[]> {
    return this.#adoptions.stage(people);
  }

  plan(directory: string, people: readonly Candidate[]): Promise<AdoptionPlan> {
    return this.#adoptions.plan(directory, people);
  }

  async carryOut(plan: AdoptionPlan, atMs: number): Promise<Adoption> {
    if (plan.added.length + plan.changed.length === 0)
      return { changes: [], unchanged: plan.unchanged, taken: plan.taken, ambiguous: plan.ambiguous };
    return this.#changing(() => this.#adoptions.carryOut(plan, atMs));
  }

  async adoptMany(people: readonly SeenPerson[], atMs: number): Promise<Adoption> {
    const [first] = people;
    if (!first) return { changes: [], unchanged: 0, taken: [], ambiguous: [] };
    return this.carryOut(await this.plan(first.directory, await this.stage(people)), atMs);
  }

  ofDirectory(directory: string, ids?: readonly string[]): Promise<readonly KnownAccount[]> {
    return this.#adoptions.ofDirectory(directory, ids);
  }

  refuse(refusals: ReadonlyMap<number, Refusal>, atMs: number): Promise<readonly KnownAccount[]> {
    return this.#setRefusals([...refusals], atMs);
  }

  readmit(accounts: readonly number[], atMs: number): Promise<readonly KnownAccount[]> {
    return this.#setRefusals(
      accounts.map((id) => [id, undefined]),
      atMs,
    );
  }

  async formerNames(bare: string): Promise<readonly FormerNames[]> {
    return (await this.#database.prepared<NamesRow>(AS, sql.FORMER_NAMES, [bare])).map(namesOf);
  }

  rename(bare: string, jid: Jid, forwardsUntilMs: number): Promise<KnownAccount | undefined> {
    const move = async (statements: Statements): Promise<KnownAccount | undefined> => {
      const [row] = await statements.prepared<AccountRow>(sql.FIND, [bare]);
      if (!row || row.jid === jid.bare) return row && accountOf(row);
      const search = searchText({ ...accountOf(row), jid: jid.bare });
      await statements.prepared(sql.DROP_FORMER, [jid.bare, row.id]);
      await statements.prepared(sql.KEEP_FORMER, [bare, row.id, new Date(forwardsUntilMs)]);
      const [renamed] = await statements.prepared<AccountRow>(sql.RENAME, [bare, jid.bare, search]);
      return renamed && accountOf(renamed);
    };
    return this.#put(jid.bare, () => this.#database.transaction(AS, move));
  }

  forward(bare: string, atMs: number): Promise<KnownAccount | undefined> {
    return this.#one(sql.FORWARD, [bare, new Date(atMs)]);
  }

  dropUnusedPhotos(): Promise<void> {
    return this.#photos.dropUnused();
  }

  async create({ jid, person, role, roleScope, verifiers }: NewAccount): Promise<KnownAccount> {
    const kept = person.photo && (await this.#photos.keep([person.photo])).get(photoSource(person.photo));
    const make = async (statements: Statements): Promise<KnownAccount> => {
      const values = [jid.bare, role, roleScope, ...described(person, { jid, kept })];
      const [row] = await statements.prepared<AccountRow>(sql.CREATE, values);
      await insertVerifiers(statements, jid.bare, verifiers);
      return accountOf(row!);
    };
    return this.#put(jid.bare, () => this.#database.transaction(AS, make));
  }

  setState(bare: string, state: AccountState): Promise<KnownAccount | undefined> {
    return this.#changing(() => this.#one(sql.SET_STATE, [bare, state]));
  }

  setRole(bare: string, role: Role, scope: string): Promise<KnownAccount | undefined> {
    return this.#changing(() => this.#one(sql.SET_ROLE, [bare, role, scope]));
  }

  grantRoles(directory: string, grants: ReadonlyMap<number, RoleGrant>): Promise<readonly KnownAccount[]> {
    const given = [...grants.values()];
    const values = [directory, [...grants.keys()], given.map(({ role }) => role), given.map(({ scope }) => scope)];
    return this.#changing(() => this.#many(sql.GRANT_ROLES, values));
  }

  verifier(bare: string, mechanism: ScramMechanism): Promise<ScramVerifier | undefined> {
    return this.#standings.verifier(bare, mechanism);
  }

  standings(bares: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
    return this.#standings.find(bares);
  }

  replaceVerifiers(bare: string, verifiers: readonly ScramVerifier[]): Promise<void> {
    const replace = async (statements: Statements): Promise<void> => {
      await statements.prepared(sql.DROP_VERIFIERS, [bare]);
      await insertVerifiers(statements, bare, verifiers);
    };
    return this.#changing(() => this.#database.transaction(AS, replace));
  }

  async loggedIn(bare: string, atMs: number): Promise<void> {
    await this.#database.prepared(AS, sql.LOGGED_IN, [bare, new Date(atMs)]);
  }

  async probe(): Promise<void> {
    await this.#database.prepared(AS, sql.PROBE);
  }

  #setRefusals(
    refusals: readonly (readonly [number, Refusal | undefined])[],
    atMs: number,
  ): Promise<readonly KnownAccount[]> {
    const values = [refusals.map(([id]) => id), refusals.map(([, refusal]) => refusal ?? null), new Date(atMs)];
    return this.#changing(() => this.#many(sql.SET_REFUSALS, values));
  }

  async #one(statement: Prepared, values: readonly unknown[]): Promise<KnownAccount | undefined> {
    return (await this.#many(statement, values))[0];
  }

  async #many(statement: Prepared, values: readonly unknown[]): Promise<readonly KnownAccount[]> {
    return (await this.#database.prepared<AccountRow>(AS, statement, values)).map(accountOf);
  }

  /** Whatever becomes of the write, nobody is let in by what stood there before it. */
  async #changing<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } finally {
      this.#standings.changed();
    }
  }

  async #put<T>(bare: string, write: () => Promise<T>): Promise<T> {
    try {
      return await this.#changing(write);
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
      throw isTaken ? addressTaken(bare) : error;
    }
  }
}

async function insertVerifiers(
  statements: Statements,
  bare: string,
  verifiers: readonly ScramVerifier[],
): Promise<void> {
  for (const { mechanism, salt, iterations, storedKey, serverKey } of verifiers) {
    await statements.prepared(sql.INSERT_VERIFIER, [bare, mechanism, salt, iterations, storedKey, serverKey]);
  }
}

function described(person: Person, { jid, kept }: { jid: Jid; kept: KeptPhoto | undefined }): readonly unknown[] {
  const { name, mail, department, title, phone, office } = person;
  const texts = [name, mail, department, title, phone, office].map((text) => text?.replaceAll('\0', '') ?? null);
  return [...texts, kept?.source ?? null, kept?.hash ?? null, searchText({ ...person, jid: jid.bare })];
}

/** LIKE patterns in which nothing of the text is a wild card (W-12): the longest word, and all of them. */
function wordingOf(text: string): { wording: sql.Wording; patterns: [longest: string, all: readonly string[]] } {
  const words = wordsOf(text);
  const all = words.map((word) => `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`);
  const [longest] = words;
  if (longest === undefined) return { wording: 'none', patterns: ['%', []] };
  return { wording: isIndexed(longest) ? 'long' : 'short', patterns: [all[0]!, all] };
}

/** The index is of three successive letters or digits; other signs are in none of them. */
function isIndexed(word: string): boolean {
  return /[\p{L}\p{N}]{3}/u.test(word);
}
