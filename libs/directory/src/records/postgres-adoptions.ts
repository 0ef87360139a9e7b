import type { Database, Prepared, Statements } from '@interoffice/storage';
import type { Photo } from '../directory.js';
import type { SeenPerson } from '../people-source.js';
import type { FoundPerson } from '../person.js';
import { photoSource } from '../photo.js';
import { accountOf, arraysOf, columnsOf, type AccountRow, type Columns } from './account-row.js';
import {
  candidateOf,
  planAdoption,
  type Adoption,
  type AdoptionPlan,
  type Candidate,
  type Change,
} from './adoption.js';
import type { KnownAccount } from './known-account.js';
import type { PostgresPhotos } from './postgres-photos.js';
import * as sql from './statements.js';

const AS = 'app';
/** Accounts written by one statement. */
const MOST_ROWS = 1000;

/** Brings people of directories into the accounts in PostgreSQL, in bulk; whoever has not changed is not written. */
export class PostgresAdoptions {
  constructor(
    private readonly database: Database,
    private readonly photos: PostgresPhotos,
  ) {}

  async stage(people: readonly (FoundPerson | SeenPerson)[]): Promise<readonly Candidate[]> {
    const photos = people.map(({ person }) => person.photo).filter((photo): photo is Photo => photo !== undefined);
    const kept = await this.photos.keep(photos);
    return people.map((seen) => {
      const { photo } = seen.person;
      return candidateOf(seen, photo && kept.get(photoSource(photo)));
    });
  }

  async plan(directory: string, people: readonly Candidate[]): Promise<AdoptionPlan> {
    const known = await this.ofDirectory(
      directory,
      people.map(({ found }) => found.directoryId),
    );
    const wanted = [...new Set(people.map(({ found }) => found.jid.bare))];
    const held = await this.database.prepared<{ jid: string }>(AS, sql.HELD_ADDRESSES, [wanted]);
    return planAdoption(people, known, new Set(held.map(({ jid }) => jid)));
  }

  async ofDirectory(directory: string, ids?: readonly string[]): Promise<readonly KnownAccount[]> {
    const rows = await this.database.prepared<AccountRow>(AS, sql.OF_DIRECTORY, [directory, ids ?? null]);
    return rows.map(accountOf);
  }

  /** In one transaction: either everything that was planned or nothing. */
  carryOut(plan: AdoptionPlan, atMs: number): Promise<Adoption> {
    return this.database.transaction(AS, async (statements) => {
      const added = await add(statements, plan.added, atMs);
      const byJid = new Set(added.map(({ jid }) => jid.bare));
      const changes = [
        ...added.map((after) => ({ before: undefined, after })),
        ...(await change(statements, plan, atMs)),
      ];
      const lost = plan.added.filter(({ found }) => !byJid.has(found.jid.bare));
      return { changes, unchanged: plan.unchanged, taken: [...plan.taken, ...lost], ambiguous: plan.ambiguous };
    });
  }
}

async function add(to: Statements, added: readonly Candidate[], atMs: number): Promise<KnownAccount[]> {
  const rows = added.map((candidate) => columnsOf(candidate, undefined));
  return written(to, { statement: sql.ADD_MANY, names: sql.ADDING, more: [new Date(atMs)] }, rows);
}

async function change(to: Statements, plan: AdoptionPlan, atMs: number): Promise<Change[]> {
  const seen = plan.changed.filter(({ candidate }) => candidate.facts !== undefined);
  const described = plan.changed.filter(({ candidate }) => candidate.facts === undefined);
  const rowsOf = (changes: AdoptionPlan['changed']): Columns[] =>
    changes.map(({ candidate, before }) => columnsOf(candidate, before));
  const adopt = { statement: sql.ADOPT_MANY, names: sql.ADOPTING, more: [new Date(atMs)] };
  const describe = { statement: sql.DESCRIBE_MANY, names: sql.DESCRIBING, more: [] };
  const afters = [...(await written(to, adopt, rowsOf(seen))), ...(await written(to, describe, rowsOf(described)))];
  const befores = new Map(plan.changed.map(({ before }) => [before.id, before]));
  return afters.map((after) => ({ before: befores.get(after.id), after }));
}

interface BulkWrite {
  readonly statement: Prepared;
  readonly names: readonly string[];
  readonly more: readonly unknown[];
}

async function written(
  to: Statements,
  { statement, names, more }: BulkWrite,
  rows: readonly Columns[],
): Promise<KnownAccount[]> {
  const accounts: KnownAccount[] = [];
  for (let i = 0; i < rows.length; i += MOST_ROWS) {
    const values = [...arraysOf(names, rows.slice(i, i + MOST_ROWS)), ...more];
    for (const row of await to.prepared<AccountRow>(statement, values)) accounts.push(accountOf(row));
  }
  return accounts;
}
