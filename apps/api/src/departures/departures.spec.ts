import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountRecord } from '@interoffice/directory';
import { NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { administer, enter, freshRoom, make } from '../../../../test/support/in-rooms.js';
import { Managed } from '../../../../test/support/managed.js';
import { type Actor, open, type Stage } from '../../../../test/support/stage.js';
import { MemoryAuditLog } from '../audit/memory-audit-log.js';
import { MemoryApiSessions } from '../login/memory-api-sessions.js';
import { type Cause, Departures } from './departures.js';

let stage: Stage;
let sessions: MemoryApiSessions;
let audit: MemoryAuditLog;
let departures: Departures;
/** What the database answers when it is asked about rooms. */
let roomsFail = false;

beforeAll(async () => {
  stage = await open();
  sessions = new MemoryApiSessions(stage.clock);
  audit = new MemoryAuditLog(stage.clock);
  stage.beforeSql = (name) => {
    if (roomsFail && name === 'rooms.orphaned') throw new Error('the database is away');
  };
  departures = new Departures({
    xmpp: stage.server,
    apiSessions: sessions,
    tokens: stage.tokens,
    rooms: stage.server.orphans,
    audit,
    metrics: stage.metrics,
    clock: stage.clock,
    log: stage.log,
  });
});
afterAll(async () => {
  departures.stop();
  await stage.close();
});

const cause = (): Cause => ({
  why: 'disabled',
  detectedAtMs: stage.clock.now() - 2500,
  actor: 'directory ad',
  role: 'directory',
  address: 'ldaps://dc1.im.example',
});

async function disabled(actor: Actor): Promise<AccountRecord> {
  return (await stage.records.setState(actor.bare, 'disabled'))!;
}

async function authenticated(actor: Actor): Promise<TestClient> {
  const client = await stage.connect();
  await client.restart();
  await client.authenticate(actor.user, actor.password);
  await client.restart();
  return client;
}

//
describe('somebody who may not be here any more', () => {
  it('loses every stream, what could be resumed, tokens and cookies, with the times on record', async () => {
    const romeo = await stage.account('romeo');
    const desk = await stage.online(romeo, 'desk');
    const phone = await stage.online(romeo, 'phone');
    const managed = await Managed.enable(phone);
    phone.close();
    await stage.settled();
    // Has logged in and not bound yet when it happens.
    const early = await authenticated(romeo);
    const { token: cookie } = await sessions.open({ bare: romeo.bare, kind: 'cookie', idleMs: 900_000 });
    const { token } = await stage.tokens.issue(romeo.bare);

    const closure = await departures.close(await disabled(romeo), cause());

    expect(closure).toMatchObject({ streams: 2, apiSessions: 1, tokens: 1, rooms: [] });
    expect((await desk.next((element) => element.is('error'))).getChild('not-authorized')).toBeDefined();
    const refused = await managed.resume(early);
    expect(refused.getChild('item-not-found')).toBeDefined();
    expect(await sessions.use(cookie)).toBeUndefined();
    expect(await stage.tokens.redeem(romeo.bare, token)).toBe(false);
    const rows = await stage.database.query(
      'owner',
      'SELECT 1 FROM held_streams JOIN accounts a ON a.id = account_id WHERE a.jid = $1',
      [romeo.bare],
    );
    expect(rows).toEqual([]);
    expect(audit.deeds.at(-1)).toMatchObject({
      actor: 'directory ad',
      action: 'account.closed',
      subject: romeo.bare,
      details: { why: 'disabled', seconds: 2.5, streams: 2, apiSessions: 1, tokens: 1 },
    });
    expect(await stage.metrics.text()).toContain('interoffice_departure_closure_seconds_sum 2.5');
  });

  it('does not get in again with what was open before, once the directory lets them', async () => {
    const juliet = await stage.account('juliet');
    const { token: cookie } = await sessions.open({ bare: juliet.bare, kind: 'cookie', idleMs: 900_000 });
    await departures.close(await disabled(juliet), cause());
    await departures.readmit((await stage.records.setState(juliet.bare, 'active'))!);
    expect(await sessions.use(cookie)).toBeUndefined();
    const back = await stage.online(juliet, 'phone');
    expect(back.isClosed).toBe(false);
  });

  it('is not told of again while nothing is open', async () => {
    const rosaline = await stage.account('rosaline');
    await departures.close(await disabled(rosaline), cause());
    const told = audit.deeds.length;
    await departures.close(await disabled(rosaline), { ...cause(), isKnown: true });
    expect(audit.deeds).toHaveLength(told);
  });

  it('leaves the rooms they are in, and those they own alone to an administrator', async () => {
    const [owner, guest, chief] = [
      await stage.account('owner'),
      await stage.account('guest'),
      await stage.account('chief'),
    ];
    await stage.records.setRole(chief.bare, 'admin', '*');
    const [desk, other] = [await stage.online(owner, 'desk'), await stage.online(guest, 'desk')];
    const [alone, shared] = [freshRoom(), freshRoom()];
    for (const room of [alone, shared]) {
      await make(stage, desk, room, { config: { persistentroom: '1' } });
      await enter(stage, other, room, 'Guest');
    }
    await administer(desk, shared, { jid: guest.bare, affiliation: 'owner' });
    await stage.settled();
    other.received = [];

    const closure = await departures.close(await disabled(owner), cause());
    await stage.settled();

    expect(closure?.rooms).toEqual([{ room: alone, heir: chief.bare }]);
    const left = other.received.filter(({ name, attrs }) => name === 'presence' && attrs['type'] === 'unavailable');
    expect(
      left.map(({ attrs }) => String(attrs['from']).split('/')[0]).toSorted((a, b) => a!.localeCompare(b!)),
    ).toEqual([alone, shared].toSorted((a, b) => a.localeCompare(b)));
    const people = await stage.database.query<{ jid: string; affiliation: string }>(
      'owner',
      'SELECT a.jid, a.affiliation FROM room_affiliations a JOIN rooms r ON r.id = a.room_id WHERE r.jid = $1 ORDER BY 2 DESC',
      [alone],
    );
    expect(people).toEqual([
      { jid: chief.bare, affiliation: 'owner' },
      { jid: owner.bare, affiliation: 'member' },
    ]);
  });

  it('loses the streams at once even if the rest has to wait for the database, which is said', async () => {
    const paris = await stage.account('paris');
    const desk = await stage.online(paris, 'desk');
    roomsFail = true;
    expect(await departures.close(await disabled(paris), cause())).toBeUndefined();
    await desk.next((element) => element.is('error'));
    expect(departures.incomplete).toEqual([paris.bare]);
    expect(stage.log.count('departure.incomplete')).toBeGreaterThan(0);
    roomsFail = false;
    await expect.poll(() => departures.incomplete, { timeout: 6000 }).toEqual([]);
    expect(audit.deeds.at(-1)).toMatchObject({ action: 'account.closed', subject: paris.bare });
  });

  it('cannot be reached: who writes to them hears so', async () => {
    const [tybalt, nurse] = [await stage.account('tybalt'), await stage.account('nurse')];
    await departures.close(await disabled(tybalt), cause());
    const desk = await stage.online(nurse, 'desk');
    desk.send(xml('message', { to: tybalt.bare, type: 'chat', id: 'm' }, xml('body', {}, 'there?')));
    const answer = await desk.next((element) => element.is('message') && element.attrs['type'] === 'error');
    expect(answer.getChild('error')?.getChild('service-unavailable', NS.stanzas)).toBeDefined();
  });
});
