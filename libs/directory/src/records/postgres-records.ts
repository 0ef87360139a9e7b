import type { Database, Prepared, Statements } from '@interoffice/storage';
import { parseJid } from '@interoffice/wire';
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
import { Standings } from './standings.js';
import * as sql from './statements.js';

/** The role of the database that owns the accounts. */
const AS = 'app';
const UNIQUE_VIOLATION = '23505';

interface AccountRow {
  readonly id: string;
  readonly jid: string;
  readonly directory: string;
  readonly directory_id: string | null;
  readonly name: string | null;
  readonly mail: string | null;
  readonly department: string | null;
  readonly title: string | null;
  readonly phone: string | null;
  readonly office: string | null;
  readonly photo_hash: string | null;
  readonly state: AccountState;
  readonly role: Role;
  readonly role_scope: string;
  readonly created_at: Date;
  readonly last_login_at: Date | null;
}

/** The accounts in PostgreSQL. */
export class PostgresRecords implements AccountRecords {
  readonly #database: Database;
  readonly #standings: Standings;

  constructor(database: Database) {
    this.#database = database;
    this.#standings = new Standings(database);
  }

  find(bare: string): Promise<AccountRecord | undefined> {
    return this.#one(sql.FIND, [bare]);
  }

  async findMany(bares: readonly string[]): Promise<ReadonlyMap<string, AccountRecord>> {
    const rows = await this.#database.prepared<AccountRow>(AS, sql.FIND_MANY, [bares]);
    return new Map(rows.map((row) => [row.jid, recordOf(row)]));
  }

  async search(text: string, limit: number): Promise<readonly AccountRecord[]> {
    const rows = await this.#database.prepared<AccountRow>(AS, sql.SEARCH, [containing(text), limit]);
    return rows.map(recordOf);
  }

  async list({ text = '', state, role, office, sort, descending, offset, limit }: AccountQuery): Promise<AccountPage> {
    const values = [containing(text), state ?? null, role ?? null, office ?? null, limit, offset];
    const statement = sql.list(sort, descending);
    const rows = await this.#database.prepared<AccountRow>(AS, statement, values);
    const [counted] = await this.#database.prepared<{ total: string }>(AS, sql.COUNT, values.slice(0, 4));
    return { records: rows.map(recordOf), total: Number(counted?.total ?? 0) };
  }

  async photo(bare: string): Promise<Photo | undefined> {
    const [row] = await this.#database.prepared<{ photo: Buffer | null; photo_type: string | null }>(AS, sql.PHOTO, [
      bare,
    ]);
    return row?.photo && row.photo_type ? { type: row.photo_type, bytes: row.photo } : undefined;
  }

  async adopt({ jid, directory, directoryId, person }: FoundPerson): Promise<AccountRecord> {
    const put = await this.#put(jid.bare, () =>
      this.#one(sql.ADOPT, [jid.bare, directory, directoryId, ...described(person)]),
    );
    // Nothing comes back where nothing has changed.
    const record = put ?? (await this.#one(sql.BY_DIRECTORY_ID, [directory, directoryId]));
    if (!record) throw addressTaken(jid.bare);
    return record;
  }

  create({ jid, person, role, roleScope, verifiers }: NewAccount): Promise<AccountRecord> {
    const make = async (statements: Statements): Promise<AccountRecord> => {
      const values = [jid.bare, role, roleScope, ...described(person)];
      const [row] = await statements.prepared<AccountRow>(sql.CREATE, values);
      await insertVerifiers(statements, jid.bare, verifiers);
      return recordOf(row!);
    };
    return this.#put(jid.bare, () => this.#database.transaction(AS, make));
  }

  setState(bare: string, state: AccountState): Promise<AccountRecord | undefined> {
    return this.#changing(() => this.#one(sql.SET_STATE, [bare, state]));
  }

  setRole(bare: string, role: Role, scope: string): Promise<AccountRecord | undefined> {
    return this.#changing(() => this.#one(sql.SET_ROLE, [bare, role, scope]));
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

  async #one(statement: Prepared, values: readonly unknown[]): Promise<AccountRecord | undefined> {
    const [row] = await this.#database.prepared<AccountRow>(AS, statement, values);
    return row && recordOf(row);
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

function described({ name, mail, department, title, phone, office, photo }: Person): readonly unknown[] {
  const texts = [name, mail, department, title, phone, office].map((text) => text?.replaceAll('\0', '') ?? null);
  return [...texts, photo?.bytes ?? null, photo?.type ?? null, photo ? photoHash(photo) : null];
}

function recordOf(row: AccountRow): AccountRecord {
  return {
    id: Number(row.id),
    jid: parseJid(row.jid),
    directory: row.directory,
    directoryId: row.directory_id ?? undefined,
    name: row.name ?? undefined,
    mail: row.mail ?? undefined,
    department: row.department ?? undefined,
    title: row.title ?? undefined,
    phone: row.phone ?? undefined,
    office: row.office ?? undefined,
    photoHash: row.photo_hash ?? undefined,
    state: row.state,
    role: row.role,
    roleScope: row.role_scope,
    createdAt: row.created_at.getTime(),
    lastLoginAt: row.last_login_at?.getTime(),
  };
}

/** A LIKE pattern in which nothing of the text is a wild card (W-12). */
function containing(text: string): string {
  return `%${text
    .trim()
    .toLowerCase()
    .replaceAll('\0', '')
    .replaceAll(/[\\%_]/g, '\\$&')}%`;
}
