import { NS, xml } from '@interoffice/wire';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addressOf, Company, NEVER_CALLED } from './company.js';
import { cross, type Crossed, hasArrived, stanzaOf } from './crossing.js';
import { CASES, type Expected, type Row } from './policy-cases.js';
import { isPresence } from './stanzas.js';

let company: Company;
beforeAll(async () => {
  company = await Company.open();
}, 240_000);
afterAll(() => company?.close());

/** What one of our offices has not let pass: for the checks at the end. */
interface Refused {
  readonly id: string;
  readonly city: string;
  readonly expected: Expected;
  /** '': no rule allowed it. */
  readonly rule: string;
  readonly decision: string | undefined;
}
const refusals: Refused[] = [];
let sent = 0;

/** Sends what a row says and reads what became of it. */
async function outcomeOf([from, what, to]: Row, id: string): Promise<Crossed> {
  const stanza = stanzaOf(what, { to: addressOf(to), id });
  return cross({ sender: company.person(from)!, witness: company.witness(to), stanza });
}

function named(crossed: Crossed): Expected {
  if (typeof crossed === 'string') return crossed;
  return crossed.condition === 'policy-violation' ? 'refused' : 'turned away';
}

/** The name of a test. */
function sentence([from, what, to, expected, rule]: Row): string {
  const why = rule === '' ? 'no rule allows it' : `so says the rule ${rule}`;
  const may = expected === 'delivered' ? 'may' : 'may not';
  const who = expected === 'turned away' ? `the server of ${from} is not let in and` : from;
  return `${who} ${may} send ${what} to ${to}: ${why}`;
}

describe.each(['berlin', 'tokyo', 'paris'] as const)('by the rules of %s', (city) => {
  for (const row of CASES[city]) {
    it(sentence(row), async () => {
      const id = `case-${(sent += 1)}`;
      const crossed = await outcomeOf(row, id);
      const [, , , expected, rule] = row;
      expect(named(crossed)).toBe(expected);
      if (expected === 'delivered') return;
      const decision = typeof crossed === 'string' ? undefined : crossed.decision;
      refusals.push({ id, city, expected, rule, decision });
    });
  }
});

describe('rooms, where a stanza goes on to others than it was sent to,', () => {
  it('do not hand to a partner’s people a file that may not go to the partner', async () => {
    const stanza = stanzaOf('a file', { to: addressOf('lab@conference.tokyo'), id: 'file-in-own-room' });
    const [yuki, pat] = [company.person('yuki@tokyo')!, company.person('pat@plain')!];
    expect(await cross({ sender: yuki, witness: yuki, stanza })).toBe('delivered');
    const behind = stanzaOf('words', { to: addressOf('lab@conference.tokyo'), id: 'behind-the-file' });
    expect(await cross({ sender: yuki, witness: pat, stanza: behind })).toBe('delivered');
    expect(hasArrived(pat, 'file-in-own-room')).toBe(false);
  });

  it('of a partner’s are not entered by who may only show presence there', async () => {
    const [ada, pat] = [company.person('ada@berlin')!, company.person('pat@plain')!];
    const room = addressOf('lobby@conference.plain');
    ada.send(xml('presence', { to: `${room}/ada` }, xml('x', { xmlns: NS.muc })));
    // Behind it on the same line, to somebody in the room: it answers that ada is not in it.
    const behind = stanzaOf('words', { to: `${room}/pat@plain`, id: 'behind-the-join' });
    behind.attrs['type'] = 'chat';
    expect(await cross({ sender: ada, witness: pat, stanza: behind })).toMatchObject({ condition: 'not-acceptable' });
    expect(pat.received.filter(isPresence(`${room}/ada`))).toEqual([]);
  });
});

describe('in the end', () => {
  it('nothing that was refused has reached anybody, however late', async () => {
    // On each line that is open something goes behind all that went before.
    for (const from of ['ada@berlin', 'yuki@tokyo', 'pierre@paris']) {
      const pair: readonly [string, string][] = [
        [from, 'pat@plain'],
        ['pat@plain', from],
      ];
      for (const [sender, to] of pair) {
        const id = `case-${(sent += 1)}`;
        expect(await outcomeOf([sender, 'words', to, 'delivered', ''], id)).toBe('delivered');
      }
    }
    const everybody = Object.values(CASES).flatMap((rows) => rows.flatMap(([from, , to]) => [from, to]));
    const late = [...new Set(everybody)].flatMap((address) =>
      refusals.filter(({ id }) => hasArrived(company.witness(address), id)).map(({ id }) => `${id} at ${address}`),
    );
    expect(late).toEqual([]);
    expect(refusals.length).toBeGreaterThan(40);
  });

  it('no packet has gone to those with whom nobody may exchange anything, not even to the name server', async () => {
    expect(company.uncalled.connections).toBe(0);
    expect(NEVER_CALLED.flatMap((name) => company.dns.questionsAbout(`${name}.example`))).toEqual([]);
    // Both would have noticed: Tokyo may call one of those, and does so now.
    company.person('yuki@tokyo')!.send(stanzaOf('words', { to: addressOf('pat@nobody'), id: 'called' }));
    await vi.waitFor(() => expect(company.uncalled.connections).toBeGreaterThan(0), 20_000);
    expect(company.dns.questionsAbout('nobody.example')).not.toEqual([]);
  });

  it.each([
    ['berlin', 'below'],
    ['berlin', 'ended'],
    ['tokyo', 'denied'],
  ])('the page of %s says of %s that it came, and that policy did not let it in', async (city, peer) => {
    const { lines, turnedAway } = await company.office(city).peer(`${peer}.example`);
    expect(lines).toEqual([]);
    expect(new Set(turnedAway.map(({ code }) => code))).toEqual(new Set(['policy']));
  });

  it('each refusal carries an id, by which it is explained with the rule that decided', async () => {
    const refused = refusals.filter(({ expected }) => expected === 'refused');
    expect(refused.filter(({ decision }) => decision === undefined)).toEqual([]);
    // Asking costs a process: once for each rule.
    const [...byRule] = Map.groupBy(refused, ({ city, rule }) => `${city} ${rule}`).values();
    for (const [{ id, city, rule, decision } = refused[0]!] of byRule) {
      const { code, text } = await company.office(city).appliance.ctl(['explain', 'decision', decision!, '--json']);
      expect(`${id} ${code} ${text}`).toContain(rule === '' ? 'no rule allows' : `rule ${rule} denies`);
    }
  }, 120_000);
});
