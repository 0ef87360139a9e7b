import {
  type Account,
  type Feature,
  forOthers,
  get,
  hasBlocked,
  refuse,
  type Reply,
  showsPresenceTo,
  type Asked,
} from '@interoffice/routing';
import { describeError, type Clock, type Log } from '@interoffice/telemetry';
import { forbidden, NS, serviceUnavailable, xml } from '@interoffice/wire';
import { keptLastSeen, type LastSeen, seenOf } from './last-seen.js';

/** Last Activity: how long the server runs, how long somebody has been away. XEP-0012 */
export function lastActivity(parts: { lastSeen: LastSeen; clock: Clock; log: Log }): Feature {
  const { lastSeen, clock, log } = parts;
  const startedAtMs = clock.now();
  return {
    name: 'last-activity',
    implements: [{ xep: 12, version: '2.0' }],
    advertises: { server: [NS.last], account: [NS.last] },
    answers: [
      get('server', NS.last, 'query', () => answer(clock.now() - startedAtMs)),
      forOthers(get('account', NS.last, 'query', (asked) => away(asked, clock))),
    ],
    keeps: keptLastSeen,
    watches: {
      gone: ({ account }) => {
        if (account.sessions.size > 0) return;
        const atMs = clock.now();
        account.put(seenOf, atMs);
        const failed = (error: unknown): void => log.warn('last-activity.failed', { reason: describeError(error) });
        void account.inOrder(() => lastSeen.put(account.id, atMs)).catch(failed);
      },
    },
  };
}

/** XEP-0012 §4: only who may see the account's presence is told; seconds are 0 while it is online. */
function away({ account, session }: Asked, clock: Clock): Reply {
  const asker = session.account;
  if (asker !== account && hasBlocked(account, session.jid))
    return refuse(serviceUnavailable(), 'the account has blocked the asker');
  if (!showsPresenceTo(account, asker.bare))
    return refuse(forbidden('You are not subscribed to the presence of this account.'), 'no subscription');
  if (isOnline(account)) return answer(0);
  const seen = account.get(seenOf);
  return seen !== undefined
    ? answer(clock.now() - seen)
    : refuse(serviceUnavailable('This account has never been online.'), 'never seen');
}

function isOnline(account: Account): boolean {
  for (const session of account.sessions.values()) if (session.presence) return true;
  return false;
}

function answer(ms: number): Reply {
  return xml('query', { xmlns: NS.last, seconds: String(Math.max(0, Math.floor(ms / 1000))) });
}
