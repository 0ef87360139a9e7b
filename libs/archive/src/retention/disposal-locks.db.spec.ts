import { Database } from '@interoffice/storage';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JUNE, KeptJournal } from '../../../../test/support/kept-journal.js';
import { testNotary } from '../../../../test/support/notary.js';
import { party } from '../../../../test/support/recordable.js';
import { Holds, type NewHold } from '../holds/holds.js';
import { parseVerifierKey } from '../seal/note.js';
import { checkDisposals } from './disposal-check.js';
import { Disposer, type DisposerOptions } from './disposer.js';

const romeo = party(1, 'romeo@im.example/phone');
const nurse = party(3, 'nurse@im.example');
const notary = testNotary('archive.im.example');
const HOLD: NewHold = {
  office: '*',
  name: 'Montague',
  matter: 'case 8',
  reason: 'litigation',
  people: [],
  rooms: [],
  peers: [],
  words: ['WORD107'],
  fromMs: undefined,
  untilMs: undefined,
};

let kept: KeptJournal;
let holds: Holds;
let superuser: Database;
const ids: string[] = [];
beforeEach(async () => {
  kept = await KeptJournal.open();
  holds = new Holds(kept.database);
  superuser = new Database({ connection: { ...kept.database.connection, user: 'postgres' }, log: silentLog });
  ids.splice(
    0,
    ids.length,
    ...Array.from({ length: 30 }, (_, i) => kept.say({ from: romeo, to: nurse, body: `word${100 + i}` })),
  );
  await kept.settled();
  await kept.rule(30);
});
afterEach(async () => {
  await superuser.close();
  await kept.close();
});

function disposer(change: Partial<DisposerOptions> = {}): Disposer {
  const told = async (): Promise<void> => undefined;
  return new Disposer({
    database: kept.database,
    notary,
    clock: systemClock,
    log: silentLog,
    rest: 0,
    onBegun: told,
    onDone: told,
    ...change,
  });
}

const place = (): Promise<unknown> => holds.place(HOLD, 'olga@im.example', Date.now());

/** Resolves once a connection of the role waits for a lock. */
function waiting(role: string): Promise<boolean> {
  const text = `SELECT FROM pg_stat_activity WHERE usename = $1 AND datname = current_database() AND wait_event_type = 'Lock'`;
  return vi.waitUntil(async () => (await superuser.query('owner', text, [role])).length > 0, {
    timeout: 10_000,
    interval: 5,
  });
}

describe('a disposal beside others', () => {
  // C-09
  it('waits for a hold that is being placed, and sees it', async () => {
    let run: Promise<unknown> | undefined;
    await kept.database.transaction('app', async (app) => {
      await app.query(`SELECT place_hold($1, 'olga@im.example', now())`, [JSON.stringify(HOLD)]);
      run = disposer().run();
      await waiting('interoffice_disposer');
    });
    await run;
    expect(await kept.kept()).toEqual([ids[7]]);
  });

  it('judges again what it has judged before a hold was placed', async () => {
    let isPlaced = false;
    await disposer({ atATime: 10 }).run(() => {
      if (!isPlaced) void place();
      isPlaced = true;
    });
    // Placed while the first of three steps was told: it counts from its commit on, whenever that was.
    const open = await holds.list({ state: 'open', scope: '*', limit: 10 });
    expect(open).toHaveLength(1);
    expect([[], [ids[7]]]).toContainEqual(await kept.kept());
  });

  it('lets a hold wait that comes while it takes away', async () => {
    const begun = await kept.database.query<{ id: number }>(
      'disposer',
      `SELECT begin_disposal(0::smallint, '2026-06-01Z', now()) AS id`,
    );
    await kept.database.query('disposer', 'SELECT sift_disposal($1, 100)', [begun[0]!.id]);
    let placed: Promise<unknown> | undefined;
    await kept.database.transaction('disposer', async (one) => {
      const text = 'SELECT replace_journal_partition($1, 1000) AS outcome';
      expect(await one.query(text, [begun[0]!.id])).toEqual([{ outcome: 'replaced' }]);
      placed = place();
      await waiting('interoffice_app');
    });
    await placed;
    expect(await kept.kept()).toEqual([]);
  });

  it('takes a row that comes late into the month as one more to judge', async () => {
    const [begun] = await kept.database.query<{ id: number }>(
      'disposer',
      `SELECT begin_disposal(0::smallint, '2026-06-01Z', now()) AS id`,
    );
    await kept.database.query('disposer', 'SELECT sift_disposal($1, 100)', [begun!.id]);
    await place();
    const late = kept.say({ from: romeo, to: nurse, body: 'Word107 again', atMs: JUNE + 500 });
    await kept.settled();
    await disposer().run();
    expect(await kept.kept()).toEqual([late, ids[7]]);
  });

  it('does not let writers queue behind somebody who reads for long', async () => {
    const [begun] = await kept.database.query<{ id: number }>(
      'disposer',
      `SELECT begin_disposal(0::smallint, '2026-06-01Z', now()) AS id`,
    );
    await kept.database.query('disposer', 'SELECT sift_disposal($1, 100)', [begun!.id]);
    await kept.database.transaction('reader', async (reader) => {
      await reader.query('SELECT count(*) FROM journal_content');
      const replace = kept.database.query('disposer', 'SELECT replace_journal_partition($1, 20)', [begun!.id]);
      await expect(replace).rejects.toMatchObject({ code: '55P03' });
      kept.say({ from: romeo, to: nurse, body: 'now', atMs: JUNE + 40 * 86_400_000 });
      await kept.journal.settled();
    });
    await kept.settled();
    await disposer().run();
    expect(await kept.kept()).toEqual([]);
  });

  it('goes on wherever it was killed', async () => {
    await place();
    const kill = (): Promise<unknown> =>
      superuser.query(
        'owner',
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'interoffice_disposer' AND datname = current_database()`,
      );
    const said: string[] = [];
    for (let i = 0; i < 8; i++) {
      const run = kept.database.query('disposer', 'SELECT pg_backend_pid()').then(async () => {
        const killed: Promise<unknown>[] = [];
        await disposer({ atATime: 5, rest: 1 }).run(() => void killed.push(kill()));
        await Promise.all(killed);
      });
      said.push(
        await run.then(
          () => 'done',
          (error: Error) => error.message,
        ),
      );
    }
    const failing = { ...notary, sign: () => Promise.reject(new Error('killed before the signature')) };
    await disposer({ notary: failing })
      .run()
      .catch((error: Error) => said.push(error.message));
    expect(said.some((text) => text !== 'done')).toBe(true);
    await disposer().run();
    expect(await kept.kept()).toEqual([ids[7]]);
    expect(await checkDisposals(kept.database, [parseVerifierKey(notary.key)])).toEqual([]);
    const text = 'SELECT seen, removed, held, state FROM disposals';
    expect(await kept.database.query('app', text)).toEqual([{ seen: 30, removed: 29, held: 1, state: 'certified' }]);
  });
});
