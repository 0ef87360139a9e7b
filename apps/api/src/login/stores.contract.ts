import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditLog } from '../audit/audit-log.js';
import { PRIVILEGED_IDLE_MS, SESSION_LIFE_MS, type ApiSessions } from './api-sessions.js';

/** Sessions and audit log over one store with the account romeo@im.example, and a clock to move. */
export interface StoresStage {
  readonly sessions: ApiSessions;
  readonly audit: AuditLog;
  readonly clock: { at: number };
}

/** What holds wherever sessions and the audit log are kept. */
export function storesKeepTheContract(open: () => Promise<StoresStage>): void {
  const bare = 'romeo@im.example';
  let stage: StoresStage;
  beforeEach(async () => {
    stage = await open();
  });

  // W-08, A-14
  describe('sessions of the API', () => {
    it('live while they are used, at most twelve hours', async () => {
      const { sessions, clock } = stage;
      const begin = clock.at;
      const { token, expiresAt } = await sessions.open({ bare, kind: 'cookie', idleMs: PRIVILEGED_IDLE_MS });
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
      expect(expiresAt).toBe(begin + PRIVILEGED_IDLE_MS);
      while (clock.at < begin + SESSION_LIFE_MS - PRIVILEGED_IDLE_MS) {
        clock.at += PRIVILEGED_IDLE_MS - 1000;
        expect(await sessions.use(token)).toMatchObject({ bare });
      }
      clock.at = begin + SESSION_LIFE_MS - 1;
      const last = await sessions.use(token);
      expect(last?.expiresAt).toBe(begin + SESSION_LIFE_MS);
      clock.at = begin + SESSION_LIFE_MS;
      expect(await sessions.use(token)).toBeUndefined();
    });

    it('end when unused, at a log-out, and all of one person at once', async () => {
      const { sessions, clock } = stage;
      const begin = (idleMs: number) => sessions.open({ bare, kind: 'bearer', idleMs });
      const short = await begin(1000);
      const left = await begin(SESSION_LIFE_MS);
      const others = [await begin(SESSION_LIFE_MS), await begin(SESSION_LIFE_MS)];
      clock.at += 1000;
      expect(await sessions.use(short.token)).toBeUndefined();
      const live = await sessions.use(left.token);
      expect(live).toBeDefined();
      await sessions.end(live?.hash ?? Buffer.alloc(0));
      expect(await sessions.use(left.token)).toBeUndefined();
      for (const { token } of others) expect(await sessions.use(token)).toBeDefined();
      expect(await sessions.endAllOf(bare)).toBe(3);
      for (const { token } of others) expect(await sessions.use(token)).toBeUndefined();
      expect(await sessions.use('no token at all')).toBeUndefined();
    });
  });

  describe('the audit log', () => {
    it('gives back what was written, by person and deed, in either order', async () => {
      const { audit } = stage;
      const deed = {
        role: 'officer',
        action: 'archive.search',
        subject: 'messages',
        details: { text: 'a\0b' },
        address: '::1',
      };
      await audit.record({ ...deed, actor: 'romeo@im.example', reason: 'case 17' });
      await audit.record({ ...deed, actor: 'juliet@im.example', action: 'archive.view' });
      const page = { descending: true, offset: 0, limit: 10 };
      const all = await audit.list(page);
      expect(all.total).toBe(2);
      expect(all.deeds.map(({ actor }) => actor)).toEqual(['juliet@im.example', 'romeo@im.example']);
      const { deeds } = await audit.list({
        ...page,
        descending: false,
        actor: 'romeo@im.example',
        action: 'archive.search',
      });
      expect(deeds).toMatchObject([{ reason: 'case 17', subject: 'messages', address: '::1', role: 'officer' }]);
      expect(await audit.list({ ...page, offset: 1, limit: 1 })).toMatchObject({
        total: 2,
        deeds: [{ actor: 'romeo@im.example' }],
      });
    });
  });
}
