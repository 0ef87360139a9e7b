import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryAuditLog } from '@interoffice/api';
import { type Actor, open, type Stage } from '../../../test/support/stage.js';
import { makeDemoRooms } from './demo-rooms.js';
import type { People } from './people.js';

describe('the rooms of the demo', () => {
  let stage: Stage;
  let audit: MemoryAuditLog;
  let admin: Actor;
  let officer: Actor;
  let colleague: Actor;

  beforeAll(async () => {
    stage = await open();
    audit = new MemoryAuditLog(stage.clock);
    [admin, officer, colleague] = [
      await stage.account('admin'),
      await stage.account('officer'),
      await stage.account('colleague'),
    ];
  });
  afterAll(() => stage?.close());

  /** As at the start of the appliance. */
  function start(): Promise<void> {
    const shown = (jid: string, role: string) => ({ jid, role, password: '' });
    const demo = [shown(admin.bare, 'admin'), shown(officer.bare, 'officer')];
    const people = { records: stage.records } as unknown as People;
    return makeDemoRooms({ xmpp: stage.server, people, demo, audit });
  }
  async function listed(): Promise<string[]> {
    const order = { sort: 'jid', descending: false, offset: 0, limit: 10 } as const;
    const { rooms } = await stage.server.rooms.list(order);
    return rooms.map(({ jid, members, isMembersOnly, ended }) => {
      return `${jid.split('@')[0]} ${members} ${isMembersOnly ? 'members only' : 'open'}${ended ? ' retired' : ''}`;
    });
  }

  it('are three: for everybody, for questions, and for a few', async () => {
    await start();
    expect(await listed()).toEqual(['all-hands 3 open', 'board 2 members only', 'it-help 2 open']);
    expect(audit.deeds.map(({ actor, action }) => `${actor} ${action}`)).toEqual(Array(3).fill('demo room.create'));
    const board = await stage.server.rooms.people(stage.server.rooms.addressOf('board'));
    expect(board.map(({ jid, affiliation }) => `${affiliation} ${jid}`)).toEqual([
      `owner ${admin.bare}`,
      `member ${officer.bare}`,
    ]);
    expect(board.some(({ jid }) => jid === colleague.bare)).toBe(false);
  });

  it('are made once: what has become of them since stays', async () => {
    const { rooms } = stage.server;
    await rooms.retire(rooms.addressOf('it-help'), { reason: 'no more questions' }, rooms.addressOf('board'));
    await start();
    expect(await listed()).toEqual(['all-hands 3 open', 'board 2 members only', 'it-help 2 open retired']);
    expect(audit.deeds).toHaveLength(3);
  });

  it('are not made where nobody administers a demo', async () => {
    const people = { records: stage.records } as unknown as People;
    await makeDemoRooms({ xmpp: stage.server, people, demo: [], audit });
    expect(audit.deeds).toHaveLength(3);
  });
});
