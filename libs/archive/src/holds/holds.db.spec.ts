import { silentLog, systemClock } from '@interoffice/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JUNE, KeptJournal } from '../../../../test/support/kept-journal.js';
import { testNotary } from '../../../../test/support/notary.js';
import { party, PASS, said } from '../../../../test/support/recordable.js';
import { foldText } from '../fold.js';
import { finds, termsOf } from '../terms.js';
import { formatId } from '../ids.js';
import { Disposer } from '../retention/disposer.js';
import { type HoldConditions, Holds } from './holds.js';

const romeo = party(101, 'romeo@im.example/phone');
const nurse = party(103, 'nurse@im.example');
const tokyo = party(105, 'abe@im.example', 'Tokyo');
const tybalt = party(0, 'tybalt@partner.example', '');
const piazza = party(-4, 'piazza@rooms.im.example');
const HOUR = 3_600_000;

let kept: KeptJournal;
let holds: Holds;
beforeEach(async () => {
  kept = await KeptJournal.open();
  holds = new Holds(kept.database);
});
afterEach(() => kept.close());

async function place(conditions: Partial<HoldConditions>, office = '*'): Promise<string> {
  const nothing = { people: [], rooms: [], peers: [], words: [], fromMs: undefined, untilMs: undefined };
  const named = { office, name: 'Verona', matter: 'case 9', reason: 'litigation' };
  return (await holds.place({ ...nothing, ...named, ...conditions }, 'olga@im.example', Date.now())).id;
}

/** What is left once everything that may go has gone. */
async function left(): Promise<readonly string[]> {
  await kept.settled();
  await kept.rule(30);
  const told = async (): Promise<void> => undefined;
  const options = { database: kept.database, notary: testNotary('a'), clock: systemClock, log: silentLog, rest: 0 };
  await new Disposer({ ...options, onBegun: told, onDone: told }).run();
  return kept.kept();
}

describe('holds', () => {
  // C-09
  it('hold what a person wrote or received, under every address the person had, and what is written from a new one', async () => {
    const text = `INSERT INTO accounts (jid, directory) VALUES ('rosaline@im.example', 'local') RETURNING id`;
    const [account] = await kept.database.query<{ id: number }>('app', text);
    await kept.database.query('app', 'INSERT INTO former_addresses VALUES ($1, $2, now())', [
      'rosa@im.example',
      account!.id,
    ]);
    await place({ people: ['rosa@im.example'] });
    const stay = [
      kept.say({ from: party(account!.id, 'rosaline@im.example'), to: nurse, body: 'as she is called now' }),
      kept.say({ from: tybalt, to: party(account!.id, 'later@im.example'), body: 'as she will be called' }),
      kept.say({ from: party(0, 'rosa@im.example'), to: nurse, body: 'from a time without numbers' }),
    ];
    kept.say({ from: romeo, to: nurse, body: 'of others' });
    expect(await left()).toEqual(stay);
  });

  it('hold rooms, with who came and went, and what went through them to one person', async () => {
    await place({ rooms: ['piazza@rooms.im.example'] });
    const stay = [
      kept.say({ from: romeo, to: piazza, body: 'to all', kind: 3 }),
      kept.say({ from: romeo, to: piazza, kind: 5 }),
      kept.say({ from: romeo, to: nurse, body: 'psst', room: 'piazza@rooms.im.example' }),
    ];
    kept.say({ from: romeo, to: party(-5, 'market@rooms.im.example'), body: 'elsewhere', kind: 3 });
    expect(await left()).toEqual(stay);
  });

  it('hold what was exchanged with a domain', async () => {
    await place({ peers: ['partner.example'] });
    const stay = [
      kept.say({ from: tybalt, to: romeo, body: 'from there' }),
      kept.say({ from: romeo, to: tybalt, body: 'to there' }),
    ];
    kept.say({ from: romeo, to: party(0, 'x@notpartner.example'), body: 'another' });
    expect(await left()).toEqual(stay);
  });

  it('hold words as search finds them, whatever their case and accents', async () => {
    await place({ words: ['MÜLLER straße', '100%', 'ΟΔΟΣ', 'договор', '会議'] });
    const texts = ['Herr Muller wohnt Strasse 7', 'sure 100% yes', 'η οδος', 'ДОГОВОРА нет', '明日の会議'];
    const stay = texts.map((body) => kept.say({ from: romeo, to: nurse, body }));
    for (const body of ['Müller alone', '1000', 'straße']) kept.say({ from: romeo, to: nurse, body });
    expect(await left()).toEqual(stay);
  });

  it('find at least what search finds', async () => {
    const bodies = [
      'İstanbul Ağrı',
      'ﬁle ﬂow',
      'Ǆungla',
      'ÅNGSTRÖM',
      'ΜΈΓΑΣ',
      'Ёлка',
      'ｆｕｌｌｗｉｄｔｈ',
      'ẞ',
      'Ⅳ',
      'é',
      'ΣΊΣΥΦΟΣ',
      'ᏣᎳᎩ',
      'a b\tc',
      'Łódź Øre Þór æther œuvre',
      'soft\u00adhyphen and zero\u200bwidth',
      'מְנוֹרָה',
      'a "gold bar" here',
      'Iğdır',
    ];
    for (const body of bodies) {
      for (const wanted of [body, body.toLowerCase(), body.toUpperCase(), foldText(body)]) {
        const isFound = termsOf(wanted).every((term) => finds(term, foldText(body)));
        const text = 'SELECT hold_text($1) LIKE ALL (hold_patterns($2)) AS held';
        const [row] = await kept.database.query<{ held: boolean }>('owner', text, [body, wanted]);
        if (isFound) expect(row!.held, `${wanted} in ${body}`).toBe(true);
      }
    }
  });

  it('hold a period, and of several conditions what meets all', async () => {
    await place({ people: ['romeo@im.example'], words: ['gold'], fromMs: JUNE + HOUR, untilMs: JUNE + 2 * HOUR });
    const say = (body: string, atMs: number, from = romeo): string => kept.say({ from, to: nurse, body, atMs });
    say('gold too early', JUNE + HOUR - 1);
    const first = say('gold', JUNE + HOUR);
    say('silver', JUNE + HOUR + 1);
    say('gold of somebody else', JUNE + HOUR + 2, party(7, 'paris@im.example'));
    const last = say('gold at last', JUNE + 2 * HOUR - 1);
    say('gold too late', JUNE + 2 * HOUR);
    expect(await left()).toEqual([first, last]);
  });

  it('hold a message with all its versions', async () => {
    await place({ words: ['bribe'] });
    const original = kept.say({ from: romeo, to: piazza, body: 'a bribe', kind: 3 });
    kept.say({ from: romeo, to: piazza, body: 'a gift', kind: 3 });
    const correction = said({ from: romeo, to: piazza, body: 'a gift', kind: 3, atMs: JUNE + HOUR });
    kept.journal.append(correction, { ...PASS, about: original }, undefined, 0, undefined);
    expect(await left()).toEqual([original, formatId(correction.idHigh, correction.idLow)]);
  });

  it('hold messages of their office alone', async () => {
    await place({ fromMs: JUNE }, 'Tokyo');
    const stay = kept.say({ from: romeo, to: tokyo, body: 'to Tokyo' });
    kept.say({ from: romeo, to: nurse, body: 'within Berlin' });
    expect(await left()).toEqual([stay]);
  });

  it('are seen and found by officers of their office, and are released once', async () => {
    const id = await place({ rooms: ['piazza@rooms.im.example'] }, 'Tokyo');
    expect(await holds.find(id, 'Berlin')).toBeUndefined();
    expect(await holds.list({ state: 'open', scope: 'Berlin', limit: 10 })).toEqual([]);
    expect(await holds.find(id, 'Tokyo')).toMatchObject({ id, office: 'Tokyo', name: 'Verona', matter: 'case 9' });
    const release = { by: 'oscar@im.example', reason: 'settled', atMs: JUNE };
    expect(await holds.release(id, release)).toBe(true);
    expect(await holds.release(id, release)).toBe(false);
    expect(await holds.list({ state: 'released', scope: '*', limit: 10 })).toMatchObject([
      { id, released: { by: 'oscar@im.example', atMs: JUNE, reason: 'settled' } },
    ]);
  });
});
