import { type Decision, formatId, Journal, OfficerArchive, PostgresSink, SearchIndex } from '@interoffice/archive';
import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { openDatabase, type TestDatabase } from './database.js';
import { PASS, said, type Said } from './recordable.js';
import { RecordedDatabase } from './recorded-database.js';

const DAY_MS = Date.UTC(2026, 5, 1);

/** A journal with its text index, and what officers see of it; for one file of tests. */
export class RecordedArchive {
  /** Of what was said, in order. */
  readonly ids: string[] = [];
  /** What it was asked. */
  readonly asked: RecordedDatabase;
  readonly officers: OfficerArchive;

  private constructor(
    readonly database: TestDatabase,
    readonly journal: Journal<undefined, undefined>,
    readonly index: SearchIndex,
  ) {
    this.asked = new RecordedDatabase(database);
    this.officers = new OfficerArchive(this.asked as unknown as TestDatabase, index);
  }

  static async open(): Promise<RecordedArchive> {
    const database = await openDatabase();
    const metrics = new Metrics();
    const sink = new PostgresSink({ connection: database.connectionOf('writer'), log: silentLog, metrics });
    await sink.open(DAY_MS);
    const options = { sink, clock: systemClock, log: silentLog, metrics };
    const journal = new Journal<undefined, undefined>({
      ...options,
      onReleased: () => undefined,
      onPoisoned: ({ id }) => {
        throw new Error(`PostgreSQL refuses ${id}`);
      },
    });
    const index = new SearchIndex({ database, clock: systemClock, metrics, upTo: () => journal.releasedId });
    await index.start();
    return new RecordedArchive(database, journal, index);
  }

  /** A second after what was said before; gives its place in `ids`. */
  say(message: Said, decision: Partial<Decision> = {}): number {
    const r = said({ atMs: DAY_MS + this.ids.length * 1_000, ...message });
    this.journal.append(r, { ...PASS, ...decision }, undefined, 0, undefined);
    return this.ids.push(formatId(r.idHigh, r.idLow)) - 1;
  }

  /** Places in `ids` of what is found, newest first. */
  async found(query: Omit<Parameters<OfficerArchive['search']>[0], 'limit' | 'scope'>, scope = '*'): Promise<number[]> {
    const { hits } = await this.officers.search({ limit: 50, scope, ...query });
    return hits.map(({ id }) => this.ids.indexOf(id));
  }

  async close(): Promise<void> {
    await this.index.stop();
    await this.journal.close(1_000);
    await this.database.drop();
  }
}
