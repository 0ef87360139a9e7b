import { existsSync } from 'node:fs';
import { Database } from '@interoffice/storage';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JUNE, KeptJournal } from '../../../../test/support/kept-journal.js';
import { testNotary } from '../../../../test/support/notary.js';
import { party } from '../../../../test/support/recordable.js';
import { Holds, type NewHold } from '../holds/holds.js';
import { parseVerifierKey } from '../seal/note.js';
import { readCertificate } from './certificate.js';
import { checkDisposals } from './disposal-check.js';
import { Disposer, type DisposerOptions } from './disposer.js';

const romeo = party(1, 'romeo@im.example/phone');
const juliet = party(2, 'juliet@im.example/balcony', 'Tokyo');
const nurse = party(3, 'nurse@im.example');
const notary = testNotary('archive.im.example');
const verifier = parseVerifierKey(notary.key);
const HOLD: NewHold = {
  office: '*',
  name: 'Capulet',
  matter: 'case 7',
  reason: 'litigation',
  people: [],
  rooms: [],
  peers: [],
  words: [],
  fromMs: undefined,
  untilMs: undefined,
};

let kept: KeptJournal;
let holds: Holds;
beforeEach(async () => {
  kept = await KeptJournal.open();
  holds = new Holds(kept.database);
});
afterEach(() => kept.close());

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

async function notes(): Promise<string[]> {
  const text = 'SELECT note FROM disposal_certificates ORDER BY disposal_id';
  return (await kept.database.query<{ note: string }>('app', text)).map(({ note }) => note);
}

/** The content as it stands, for comparing byte by byte. */
function contentOf(ids: readonly string[]): Promise<unknown[]> {
  const text = `SELECT id::text, at, encode(stanza, 'hex') AS stanza, body FROM journal_content WHERE id = ANY ($1::bigint[]) ORDER BY id`;
  return kept.database.query('reader', text, [ids.map((id) => String(BigInt(`0x${id}`)))]);
}

describe('disposal', () => {
  // C-09
  it('takes away what its rule has ended, lets what is held stay byte for byte, and certifies both', async () => {
    const gone = Array.from({ length: 50 }, (_, i) => kept.say({ from: romeo, to: nurse, body: `Ok ${i}` }));
    const held = [
      kept.say({ from: juliet, to: romeo, body: 'Wherefore art thou &amp; why' }),
      kept.say({ from: nurse, to: juliet, body: 'Anon!' }),
    ];
    await kept.settled();
    const before = await contentOf(held);
    await kept.rule(30);
    await holds.place({ ...HOLD, people: ['juliet@im.example'] }, 'olga@im.example', Date.now());
    const outcomes = await disposer({ atATime: 20 }).run();
    expect(outcomes).toMatchObject([{ seen: 52, removed: 50, held: 2 }]);
    expect(await kept.kept()).toEqual(held);
    expect(await contentOf(held)).toEqual(before);
    const facts = await kept.database.query(
      'reader',
      'SELECT FROM journal WHERE length(leaf) = 32 AND length(salt) = 16',
    );
    expect(facts).toHaveLength(gone.length + held.length);
    const [note] = await notes();
    expect(readCertificate(note!, verifier)).toMatchObject({
      retentionClass: 0,
      month: '2026-06',
      removed: 50,
      kept: 2,
      held: 2,
      rules: [
        {
          office: '*',
          days: 30,
          madeBy: 'olga@im.example',
          approvedBy: 'oscar@im.example',
        },
      ],
    });
    expect(await checkDisposals(kept.database, [verifier])).toEqual([]);
  });

  it('keeps what no rule covers, and by the longest of those that do', async () => {
    const chat = kept.say({ from: romeo, to: nurse, body: 'a chat' });
    const headline = kept.say({ from: romeo, to: nurse, body: 'a headline', kind: 2 });
    const room = kept.say({ from: romeo, to: party(-4, 'piazza@rooms.im.example'), body: 'in a room', kind: 3 });
    await kept.settled();
    await kept.rule(20, { kind: 'headline' });
    await kept.rule(20, { kind: 'chat' });
    await kept.rule(3_000, { office: 'Berlin', kind: 'chat' });
    await disposer().run();
    expect(await kept.kept()).toEqual([chat, room]);
    expect(headline).not.toBe(room);
  });

  it('gives the disk back', async () => {
    const words = Array.from({ length: 400 }, (_, i) => `word${i * 7919}`).join(' ');
    for (let i = 0; i < 2_000; i++) kept.say({ from: romeo, to: nurse, body: `${i} ${words}`, atMs: JUNE + i * 100 });
    const last = kept.say({ from: juliet, to: nurse, body: 'stays' });
    await kept.settled();
    const superuser = new Database({ connection: { ...kept.database.connection, user: 'postgres' }, log: silentLog });
    const fileOf = async (): Promise<{ file: string; bytes: number }> => {
      const text = `SELECT current_setting('data_directory') || '/' || pg_relation_filepath('journal_content_0_202606') AS file,
        pg_total_relation_size('journal_content_0_202606') AS bytes`;
      const [row] = await superuser.query<{ file: string; bytes: number }>('owner', text);
      return row!;
    };
    const before = await fileOf();
    await kept.rule(30);
    await holds.place({ ...HOLD, words: ['stays'] }, 'olga@im.example', Date.now());
    const [outcome] = await disposer().run();
    const after = await fileOf();
    expect(before.bytes).toBeGreaterThan(1_000_000);
    expect(after.bytes).toBeLessThan(before.bytes / 10);
    expect(outcome!.bytesReturned).toBe(before.bytes - after.bytes);
    // The operating system takes the last name away with the next checkpoint.
    await superuser.query('owner', 'CHECKPOINT');
    await superuser.close();
    expect(existsSync(before.file)).toBe(false);
    expect(existsSync(after.file)).toBe(true);
    expect(await kept.kept()).toEqual([last]);
  });

  it('takes what has gone out of text search, and leaves the rest there', async () => {
    kept.say({ from: romeo, to: nurse, body: 'montague' });
    const stays = kept.say({ from: juliet, to: nurse, body: 'capulet' });
    await kept.settled();
    await kept.rule(30);
    await holds.place({ ...HOLD, people: ['juliet@im.example'] }, 'olga@im.example', Date.now());
    await disposer().run();
    const text = `SELECT split_part(contents, chr(2), 1) AS contents, ARRAY(SELECT encode(int8send(id), 'hex') FROM unnest(ids) id) AS ids FROM journal_search`;
    expect(await kept.database.query('app', text)).toEqual([{ contents: 'capulet', ids: [stays] }]);
  });

  it('goes on after a release, under a certificate of its own, and both explain what is missing', async () => {
    const [first, second] = [
      kept.say({ from: romeo, to: nurse, body: 'one' }),
      kept.say({ from: juliet, to: nurse, body: 'two' }),
    ];
    const third = kept.say({ from: nurse, to: romeo, body: 'three' });
    await kept.settled();
    await kept.rule(30);
    const hold = await holds.place({ ...HOLD, people: ['juliet@im.example'] }, 'olga@im.example', Date.now());
    await holds.place({ ...HOLD, words: ['three'] }, 'olga@im.example', Date.now());
    await disposer().run();
    expect(await kept.kept()).toEqual([second, third]);
    expect(await disposer().run(), 'nothing has changed').toEqual([]);
    await holds.release(hold.id, { by: 'olga@im.example', reason: 'settled', atMs: Date.now() });
    expect(await kept.kept(), 'a release takes nothing away').toEqual([second, third]);
    await disposer().run();
    expect(await kept.kept()).toEqual([third]);
    expect(await notes()).toHaveLength(2);
    expect(await checkDisposals(kept.database, [verifier])).toEqual([]);
    expect(first).not.toBe(third);
  });

  it('finds a row that went without a certificate, and a certificate that says less', async () => {
    const ids = ['one', 'two', 'three'].map((body) => kept.say({ from: romeo, to: nurse, body }));
    kept.say({ from: juliet, to: nurse, body: 'held' });
    await kept.settled();
    await kept.rule(30);
    await holds.place({ ...HOLD, people: ['juliet@im.example'] }, 'olga@im.example', Date.now());
    await disposer().run();
    await kept.database.query('owner', `DELETE FROM journal_content WHERE body = 'held'`);
    const missing = await checkDisposals(kept.database, [verifier]);
    expect(missing).toMatchObject([{ kind: 'unexplained' }]);
    await kept.database.query('owner', `UPDATE journal SET leaf = sha256('x') WHERE id = $1`, [
      String(BigInt(`0x${ids[1]!}`)),
    ]);
    expect((await checkDisposals(kept.database, [verifier])).map(({ kind }) => kind).sort()).toEqual([
      'digest',
      'unexplained',
    ]);
  });
});
