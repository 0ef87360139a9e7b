import type { Clock } from '@interoffice/telemetry';
import {
  addressTaken,
  type AccountPage,
  type AccountQuery,
  type AccountRecords,
  type FoundPerson,
  type NewAccount,
  type Person,
} from '../account-records.js';
import type {
  AccountRecord,
  AccountState,
  Photo,
  Role,
  ScramMechanism,
  ScramVerifier,
  Standing,
} from '../directory.js';
import { photoHash } from '../photo.js';

interface Row {
  record: AccountRecord;
  photo: Photo | undefined;
  verifiers: readonly ScramVerifier[];
}

/** Records that end with the process: for the stage and for tests. */
export class MemoryRecords implements AccountRecords {
  readonly #rows = new Map<string, Row>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async find(bare: string): Promise<AccountRecord | undefined> {
    return this.#rows.get(bare)?.record;
  }

  async findMany(bares: readonly string[]): Promise<ReadonlyMap<string, AccountRecord>> {
    const rows = bares.flatMap((bare) => this.#rows.get(bare) ?? []);
    return new Map(rows.map(({ record }) => [record.jid.bare, record]));
  }

  async search(text: string, limit: number): Promise<readonly AccountRecord[]> {
    const active = this.#all().filter((record) => record.state === 'active' && matches(record, text));
    return active.sort(byField('name')).slice(0, limit);
  }

  async list(query: AccountQuery): Promise<AccountPage> {
    const found = this.#all().filter(
      (record) =>
        matches(record, query.text ?? '') &&
        (query.state === undefined || record.state === query.state) &&
        (query.role === undefined || record.role === query.role) &&
        (query.office === undefined || record.office === query.office),
    );
    const sorted = found.sort(byField(query.sort));
    if (query.descending) sorted.reverse();
    return { records: sorted.slice(query.offset, query.offset + query.limit), total: found.length };
  }

  async photo(bare: string): Promise<Photo | undefined> {
    return this.#rows.get(bare)?.photo;
  }

  async adopt({ jid, directory, directoryId, person }: FoundPerson): Promise<AccountRecord> {
    const known = [...this.#rows.values()].find(
      ({ record }) => record.directory === directory && record.directoryId === directoryId,
    );
    if (!known) return this.#insert({ jid, directory, directoryId, role: 'employee', roleScope: '*' }, { person });
    known.record = { ...known.record, ...described(person) };
    known.photo = person.photo;
    return known.record;
  }

  async create({ jid, person, role, roleScope, verifiers }: NewAccount): Promise<AccountRecord> {
    const identity = { jid, directory: 'local', directoryId: undefined, role, roleScope };
    return this.#insert(identity, { person, verifiers });
  }

  async setState(bare: string, state: AccountState): Promise<AccountRecord | undefined> {
    return this.#change(bare, { state });
  }

  async setRole(bare: string, role: Role, roleScope: string): Promise<AccountRecord | undefined> {
    return this.#change(bare, { role, roleScope });
  }

  async verifier(bare: string, mechanism: ScramMechanism): Promise<ScramVerifier | undefined> {
    return this.#rows.get(bare)?.verifiers.find((verifier) => verifier.mechanism === mechanism);
  }

  standings(bares: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
    return this.findMany(bares);
  }

  async replaceVerifiers(bare: string, verifiers: readonly ScramVerifier[]): Promise<void> {
    const row = this.#rows.get(bare);
    if (row) row.verifiers = verifiers;
  }

  async loggedIn(bare: string, atMs: number): Promise<void> {
    this.#change(bare, { lastLoginAt: atMs });
  }

  async probe(): Promise<void> {
    return undefined;
  }

  #all(): AccountRecord[] {
    return [...this.#rows.values()].map(({ record }) => record);
  }

  #insert(
    identity: Pick<AccountRecord, 'jid' | 'directory' | 'directoryId' | 'role' | 'roleScope'>,
    { person, verifiers = [] }: { person: Person; verifiers?: readonly ScramVerifier[] },
  ): AccountRecord {
    if (this.#rows.has(identity.jid.bare)) throw addressTaken(identity.jid.bare);
    const record: AccountRecord = {
      id: this.#rows.size + 1,
      ...identity,
      ...described(person),
      state: 'active',
      createdAt: this.#clock.now(),
      lastLoginAt: undefined,
    };
    this.#rows.set(identity.jid.bare, { record, photo: person.photo, verifiers });
    return record;
  }

  #change(bare: string, change: Partial<AccountRecord>): AccountRecord | undefined {
    const row = this.#rows.get(bare);
    if (row) row.record = { ...row.record, ...change };
    return row?.record;
  }
}

function described(person: Person) {
  const { name, mail, department, title, phone, office, photo } = person;
  return { name, mail, department, title, phone, office, photoHash: photo && photoHash(photo) };
}

function matches(record: AccountRecord, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  const fields = [record.name, record.jid.bare, record.mail, record.department];
  return wanted === '' || fields.some((field) => field?.toLowerCase().includes(wanted));
}

function byField(field: AccountQuery['sort']): (a: AccountRecord, b: AccountRecord) => number {
  const key = (record: AccountRecord): string => {
    if (field === 'jid') return record.jid.bare;
    return field === 'lastLoginAt'
      ? String(record.lastLoginAt ?? 0).padStart(16, '0')
      : (record[field] ?? '').toLowerCase();
  };
  return (a, b) => key(a).localeCompare(key(b)) || a.id - b.id;
}
