import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { formatId, Journal, PostgresSink, RetentionRules, type RuleScope, SearchIndex } from '@interoffice/archive';
import { openDatabase, type TestDatabase } from './database.js';
import { PASS, said, type Said } from './recordable.js';

/** A month that has long ended, for rules to be about. */
export const JUNE = Date.UTC(2026, 5, 1);

/** A database with a journal, its text index, and officers who make rules of retention. */
export class KeptJournal {
  readonly #ids: string[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly journal: Journal<undefined, undefined>,
    readonly index: SearchIndex,
    readonly rules: RetentionRules,
    /** Two officers of all offices. */
    readonly officers: readonly [string, string],
  ) {}

  static async open(): Promise<KeptJournal> {
    const database = await openDatabase();
    const metrics = new Metrics();
    const sink = new PostgresSink({ connection: database.connectionOf('writer'), log: silentLog, metrics });
    await sink.open(JUNE);
    const common = { clock: systemClock, log: silentLog, metrics };
    const journal = new Journal<undefined, undefined>({
      ...common,
      sink,
      onReleased: () => undefined,
      onPoisoned: ({ id }) => {
        throw new Error(`${id} was refused by PostgreSQL`);
      },
    });
    const index = new SearchIndex({ database, ...common, upTo: () => journal.releasedId });
    const olga = await account(database, 'olga@im.example', 'officer');
    const oscar = await account(database, 'oscar@im.example', 'officer');
    return new KeptJournal(database, journal, index, new RetentionRules(database), [olga, oscar]);
  }

  /** The id of the row; a second after the one before unless said. */
  say(message: Said, retentionClass = 0): string {
    const r = said({ atMs: JUNE + this.#ids.length * 1_000, ...message });
    this.journal.append(r, { ...PASS, retentionClass }, undefined, 0, undefined);
    this.#ids.push(formatId(r.idHigh, r.idLow));
    return this.#ids.at(-1)!;
  }

  /** Recorded, and found by text. */
  async settled(): Promise<void> {
    await this.journal.settled();
    await this.index.catchUp();
  }

  /** A rule, proposed by one officer and approved by the other. */
  async rule(days: number, scope: Partial<RuleScope> = {}): Promise<string> {
    const rule = { office: '*', group: undefined, room: undefined, peer: undefined, kind: undefined, days, ...scope };
    const [first, second] = this.officers;
    const atMs = Date.now();
    const { id } = await this.rules.propose({ action: 'add', rule }, 'a test', { by: first, atMs });
    await this.rules.decide(id, 'done', { by: second, atMs });
    const change = await this.rules.findChange(id, '*', atMs);
    return change!.ruleId!;
  }

  /** Ids whose content is there, as 16 hexadecimal digits, in order. */
  async kept(): Promise<readonly string[]> {
    const text = `SELECT encode(int8send(id), 'hex') AS id FROM journal_content ORDER BY 1`;
    return (await this.database.query<{ id: string }>('reader', text)).map(({ id }) => id);
  }

  async close(): Promise<void> {
    await this.index.stop();
    await this.journal.close(1_000);
    await this.database.drop();
  }
}

/** An account with a role; its address. */
export async function account(database: TestDatabase, jid: string, role: string, scope = '*'): Promise<string> {
  const text = `INSERT INTO accounts (jid, directory, role, role_scope) VALUES ($1, 'local', $2, $3)`;
  await database.query('app', text, [jid, role, scope]);
  return jid;
}
