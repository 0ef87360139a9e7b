import type { Clock } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import {
  accountRefused,
  addressTaken,
  type AccountPage,
  type AccountQuery,
  type AccountRecords,
  type FoundPerson,
  type NewAccount,
  type RoleGrant,
} from '../account-records.js';
import type { AccountState, Photo, Role, ScramMechanism, ScramVerifier, Standing } from '../directory.js';
import type { Refusal, SeenPerson } from '../people-source.js';
import { photoHash, photoSource, type MakePhoto } from '../photo.js';
import {
  candidateOf,
  endsSessions,
  planAdoption,
  type Adoption,
  type AdoptionPlan,
  type Candidate,
  type Change,
} from '../records/adoption.js';
import { byField, passes } from './account-query.js';
import { description, isRenamed, NEW, refusing } from './account-values.js';
import { searchText, wordsOf } from '../records/fold.js';
import type { FormerNames, KnownAccount } from '../records/known-account.js';

interface Row {
  account: KnownAccount;
  /** Folded; see `searchText`. */
  search: string;
  formerNames: readonly Formerly[];
  verifiers: readonly ScramVerifier[];
}

/** `search` is folded. */
interface Formerly {
  readonly names: FormerNames;
  readonly search: string;
}

interface Former {
  readonly id: number;
  readonly forwardsUntil: number;
}

/** Records that end with the process: for the stage and for tests. Photos are kept as they come unless said. */
export class MemoryRecords implements AccountRecords {
  readonly #rows = new Map<number, Row>();
  readonly #byJid = new Map<string, number>();
  readonly #former = new Map<string, Former>();
  /** By source hash; undefined: could not be decoded. */
  readonly #photos = new Map<string, Photo | undefined>();
  readonly #clock: Clock;
  readonly #makePhoto: MakePhoto;

  constructor(clock: Clock, makePhoto: MakePhoto = async (photo) => photo) {
    this.#clock = clock;
    this.#makePhoto = makePhoto;
  }

  async find(bare: string): Promise<KnownAccount | undefined> {
    return this.#row(bare)?.account;
  }

  async findMany(bares: readonly string[]): Promise<ReadonlyMap<string, KnownAccount>> {
    const rows = bares.flatMap((bare) => this.#row(bare) ?? []);
    return new Map(rows.map(({ account }) => [account.jid.bare, account]));
  }

  async search(text: string, limit: number): Promise<readonly KnownAccount[]> {
    const active = this.#matching(text).filter(({ state }) => state === 'active');
    return active.sort(byField('name')).slice(0, limit);
  }

  async list(query: AccountQuery): Promise<AccountPage> {
    const found = this.#matching(query.text ?? '').filter((account) => passes(account, query));
    const sorted = found.sort(byField(query.sort));
    if (query.descending) sorted.reverse();
    return { records: sorted.slice(query.offset, query.offset + query.limit), total: found.length };
  }

  async photo(bare: string): Promise<Photo | undefined> {
    return this.#photos.get(this.#row(bare)?.account.photoSource ?? '');
  }

  async adopt(found: FoundPerson | SeenPerson): Promise<KnownAccount> {
    const plan = await this.plan(found.directory, [await this.#candidate(found)]);
    await this.carryOut(plan, this.#clock.now());
    const [account] = await this.ofDirectory(found.directory, [found.directoryId]);
    if (!account) throw plan.unusable > 0 ? accountRefused(found) : addressTaken(found.jid.bare);
    return account;
  }

  stage(people: readonly SeenPerson[]): Promise<readonly Candidate[]> {
    return Promise.all(people.map((seen) => this.#candidate(seen)));
  }

  async plan(directory: string, people: readonly Candidate[]): Promise<AdoptionPlan> {
    const ids = people.map(({ found }) => found.directoryId);
    const wanted = people.map(({ found }) => found.jid.bare);
    const held = wanted.filter((bare) => this.#isHeld(bare));
    return planAdoption(people, await this.ofDirectory(directory, ids), new Set(held));
  }

  async carryOut(plan: AdoptionPlan, atMs: number): Promise<Adoption> {
    const free = plan.added.filter(({ found }) => !this.#isHeld(found.jid.bare));
    const lost = plan.added.filter((candidate) => !free.includes(candidate));
    const changes: Change[] = [
      ...free.map((candidate) => ({ before: undefined, after: this.#add(candidate, atMs) })),
      ...plan.changed.map(({ before, candidate }) => ({ before, after: this.#adoptInto(before.id, candidate, atMs) })),
    ];
    return { changes, unchanged: plan.unchanged, taken: [...plan.taken, ...lost], ambiguous: plan.ambiguous };
  }

  async adoptMany(people: readonly SeenPerson[], atMs: number): Promise<Adoption> {
    const [first] = people;
    if (!first) return { changes: [], unchanged: 0, taken: [], ambiguous: [] };
    return this.carryOut(await this.plan(first.directory, await this.stage(people)), atMs);
  }

  async ofDirectory(directory: string, ids?: readonly string[]): Promise<readonly KnownAccount[]> {
    const wanted = ids && new Set<string | undefined>(ids);
    return this.#all().filter(
      (account) =>
        account.directory === directory &&
        account.directoryId !== undefined &&
        (wanted === undefined || wanted.has(account.directoryId)),
    );
  }

  async refuse(refusals: ReadonlyMap<number, Refusal>, atMs: number): Promise<readonly KnownAccount[]> {
    return this.#setRefusals([...refusals], atMs);
  }

  async readmit(accounts: readonly number[], atMs: number): Promise<readonly KnownAccount[]> {
    return this.#setRefusals(
      accounts.map((id) => [id, undefined]),
      atMs,
    );
  }

  async formerNames(bare: string): Promise<readonly FormerNames[]> {
    const row = this.#row(bare) ?? this.#rows.get(this.#former.get(bare)?.id ?? 0);
    return (row?.formerNames ?? []).map(({ names }) => names).toReversed();
  }

  async rename(bare: string, jid: Jid, forwardsUntilMs: number): Promise<KnownAccount | undefined> {
    const row = this.#row(bare);
    if (!row || bare === jid.bare) return row?.account;
    const { id } = row.account;
    if (this.#isHeld(jid.bare) && this.#former.get(jid.bare)?.id !== id) throw addressTaken(jid.bare);
    this.#former.delete(jid.bare);
    this.#former.set(bare, { id, forwardsUntil: forwardsUntilMs });
    this.#byJid.delete(bare);
    this.#byJid.set(jid.bare, id);
    return this.#write(row, { jid });
  }

  async forward(bare: string, atMs: number): Promise<KnownAccount | undefined> {
    const former = this.#former.get(bare);
    return former && former.forwardsUntil > atMs ? this.#rows.get(former.id)?.account : undefined;
  }

  async dropUnusedPhotos(): Promise<void> {
    const used = new Set(this.#all().map(({ photoSource: source }) => source));
    for (const source of this.#photos.keys()) if (!used.has(source)) this.#photos.delete(source);
  }

  async create({ jid, person, role, roleScope, verifiers }: NewAccount): Promise<KnownAccount> {
    if (this.#isHeld(jid.bare)) throw addressTaken(jid.bare);
    const identity = { jid, directory: 'local', directoryId: undefined, person };
    const { found, photo } = await this.#candidate({ ...identity, directoryId: '' });
    const hashes = { photoSource: photo?.source, photoHash: photo?.hash };
    const described = { ...description(found), ...hashes };
    return this.#insert({ ...NEW, ...identity, ...described, role, roleScope }, verifiers);
  }

  async setState(bare: string, state: AccountState): Promise<KnownAccount | undefined> {
    const row = this.#row(bare);
    if (!row) return undefined;
    return this.#write(row, { state: state === 'active' && endsSessions(row.account.refusal) ? 'disabled' : state });
  }

  async setRole(bare: string, role: Role, roleScope: string): Promise<KnownAccount | undefined> {
    const row = this.#row(bare);
    return row && this.#write(row, { role, roleScope, roleBy: 'hand' });
  }

  async grantRoles(directory: string, grants: ReadonlyMap<number, RoleGrant>): Promise<readonly KnownAccount[]> {
    const concerned = [...this.#rows.values()].filter(
      ({ account }) => account.directory === directory && (grants.has(account.id) || account.roleBy === 'directory'),
    );
    return concerned.flatMap((row) => {
      const { role, scope } = grants.get(row.account.id) ?? { role: 'employee', scope: '*' };
      const roleBy = grants.has(row.account.id) ? 'directory' : 'hand';
      const { account } = row;
      if (account.role === role && account.roleScope === scope && account.roleBy === roleBy) return [];
      return [this.#write(row, { role, roleScope: scope, roleBy })];
    });
  }

  async verifier(bare: string, mechanism: ScramMechanism): Promise<ScramVerifier | undefined> {
    const row = this.#row(bare) ?? this.#rows.get(this.#former.get(bare)?.id ?? 0);
    return row?.verifiers.find((verifier) => verifier.mechanism === mechanism);
  }

  standings(bares: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
    return this.findMany(bares);
  }

  async replaceVerifiers(bare: string, verifiers: readonly ScramVerifier[]): Promise<void> {
    const row = this.#row(bare);
    if (row) row.verifiers = verifiers;
  }

  async loggedIn(bare: string, atMs: number): Promise<void> {
    const row = this.#row(bare);
    if (row) this.#write(row, { lastLoginAt: atMs });
  }

  async probe(): Promise<void> {
    return undefined;
  }

  #row(bare: string): Row | undefined {
    return this.#rows.get(this.#byJid.get(bare) ?? 0);
  }

  #all(): KnownAccount[] {
    return [...this.#rows.values()].map(({ account }) => account);
  }

  #isHeld(bare: string): boolean {
    return this.#byJid.has(bare) || this.#former.has(bare);
  }

  #matching(text: string): KnownAccount[] {
    const words = wordsOf(text);
    const holds = (search: string): boolean => words.every((word) => search.includes(word));
    const rows = [...this.#rows.values()];
    const found = rows.filter((row) => holds(row.search) || row.formerNames.some(({ search }) => holds(search)));
    return found.map(({ account }) => account);
  }

  async #candidate(seen: FoundPerson | SeenPerson): Promise<Candidate> {
    const { photo } = seen.person;
    if (!photo) return candidateOf(seen, undefined);
    const source = photoSource(photo);
    if (!this.#photos.has(source)) this.#photos.set(source, await this.#makePhoto(photo));
    const made = this.#photos.get(source);
    return candidateOf(seen, made && { source, hash: photoHash(made) });
  }

  #add(candidate: Candidate, atMs: number): KnownAccount {
    const { jid, directory, directoryId } = candidate.found;
    const empty = { ...NEW, jid, directory, directoryId, ...description(candidate.found) };
    const account = this.#insert({ ...empty, photoHash: undefined, photoSource: undefined }, []);
    return this.#adoptInto(account.id, candidate, atMs);
  }

  #adoptInto(id: number, { found, facts, photo }: Candidate, atMs: number): KnownAccount {
    const row = this.#rows.get(id)!;
    const kept = { photoSource: photo?.source, photoHash: photo?.hash };
    const seen = facts && { ...facts, ...refusing(row.account, facts.refusal, atMs), seenAt: atMs };
    return this.#write(row, { ...description(found), ...kept, ...seen });
  }

  #setRefusals(refusals: readonly (readonly [number, Refusal | undefined])[], atMs: number): KnownAccount[] {
    return refusals.flatMap(([id, refusal]) => {
      const row = this.#rows.get(id);
      if (!row || row.account.refusal === refusal) return [];
      return [this.#write(row, { refusal, ...refusing(row.account, refusal, atMs), seenAt: atMs })];
    });
  }

  #insert(account: Omit<KnownAccount, 'id' | 'createdAt'>, verifiers: readonly ScramVerifier[]): KnownAccount {
    const id = this.#rows.size + 1;
    const row = { account: { id, createdAt: this.#clock.now(), ...account }, search: '', formerNames: [], verifiers };
    this.#rows.set(id, row);
    this.#byJid.set(account.jid.bare, id);
    return this.#write(row, {});
  }

  #write(row: Row, change: Partial<KnownAccount>): KnownAccount {
    const before = row.account;
    const after = { ...before, ...change };
    if (isRenamed(before, after)) row.formerNames = [...row.formerNames, this.#formerly(row)];
    row.account = after;
    row.search = searchText({ ...after, jid: after.jid.bare });
    return after;
  }

  #formerly({ account, search, formerNames }: Row): Formerly {
    const { jid, login, name, mail, createdAt } = account;
    const since = formerNames.at(-1)?.names.until ?? createdAt;
    const names = { jid: jid.bare, login, name, mail, since, until: this.#clock.now() };
    return { names, search: search.split('\n')[0]! };
  }
}
