import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatId, Journal, PostgresSink, Seal, SealKeys, SealRecords } from '@interoffice/archive';
import { type Clock, Metrics, silentLog } from '@interoffice/telemetry';
import { openDatabase, type TestDatabase } from './database.js';
import { party, PASS, said, type Said } from './recordable.js';

export const SEAL_DAY = Date.UTC(2026, 5, 1);
export const SEAL_ORIGIN = 'im.example/archive';
const ROMEO = party(1, 'romeo@im.example/phone');
const JULIET = party(2, 'juliet@im.example/balcony', 'Tokyo');

/** An archive that is recorded into and sealed step by step, with a clock that a test moves. */
export class SealedArchive {
  readonly clock = { nowMs: SEAL_DAY, now: (): number => this.clock.nowMs } satisfies Clock & { nowMs: number };
  readonly ids: string[] = [];
  database!: TestDatabase;
  folder!: string;
  keys!: SealKeys;
  #journal!: Journal<undefined, undefined>;

  static async open(): Promise<SealedArchive> {
    const archive = new SealedArchive();
    archive.database = await openDatabase();
    archive.folder = await mkdtemp(path.join(tmpdir(), 'interoffice-seal-'));
    archive.keys = await SealKeys.open({ folder: archive.folder, origin: SEAL_ORIGIN, clock: archive.clock });
    const metrics = new Metrics();
    const sink = new PostgresSink({ connection: archive.database.connectionOf('writer'), log: silentLog, metrics });
    await sink.open(SEAL_DAY);
    const { clock } = archive;
    const rest = { onReleased: () => undefined, onPoisoned: () => undefined, log: silentLog, metrics };
    archive.#journal = new Journal({ sink, clock, ...rest });
    return archive;
  }

  /** Where the journal is; everything up to here is committed. */
  get upTo(): string {
    return this.#journal.releasedId;
  }

  /** Records so many messages more, and waits until they are. */
  async say(count: number, more: Partial<Said> = {}): Promise<void> {
    for (let i = 0; i < count; i++) {
      const number = this.ids.length;
      const body = `Message ${number} &amp; 明日 “quoted”`;
      const r = said({
        from: ROMEO,
        to: JULIET,
        body,
        atMs: SEAL_DAY + number,
        id: `m${number}`,
        thread: 't&amp;1',
        ...more,
      });
      this.#journal.append(r, PASS, undefined, 0, undefined);
      this.ids.push(formatId(r.idHigh, r.idLow));
    }
    await this.#journal.settled();
  }

  /** An officer's act. */
  async act(subject: string): Promise<void> {
    const text = `INSERT INTO audit (actor, actor_role, action, subject, reason, details, remote)
      VALUES ('olga@im.example', 'officer', 'archive.view', $1, 'case 7', '{"b": 1, "a": "ä"}', '::1')`;
    await this.database.query('app', text, [subject]);
  }

  /** The seal as a process would have it; over another database or folder when that is what is tried. */
  seal(over: { database?: TestDatabase; folder?: string; sign?: (text: string) => Promise<string> } = {}): Seal {
    const { database = this.database, folder = this.folder, sign = (text) => this.keys.sign(text) } = over;
    const records = new SealRecords(database, SEAL_ORIGIN);
    return new Seal({ records, folder, origin: SEAL_ORIGIN, clock: this.clock, sign, upTo: () => this.upTo });
  }

  /** Opens the seal, seals what there is, and closes it. */
  async sealNow(over: Parameters<SealedArchive['seal']>[0] = {}): Promise<number> {
    const seal = this.seal(over);
    try {
      await seal.open();
      return await seal.seal();
    } finally {
      seal.close();
    }
  }

  async close(): Promise<void> {
    await this.#journal.close(1_000);
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
