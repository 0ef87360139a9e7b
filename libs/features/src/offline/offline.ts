import { type Account, type Feature, on, Position, type Session } from '@interoffice/routing';
import { describeError, type Log } from '@interoffice/telemetry';
import { readsArchive } from '../archive-devices.js';
import type { CatchUp, Choose } from '../catch-up.js';
import { forAccount } from '../for-device.js';
import { keptMark, markOf, type Marks } from './marks.js';

/** How often the marks of accounts that got something are written: a crash repeats at most this much of the past. */
const FLUSH_MS = 2000;

export interface OfflineParts {
  readonly marks: Pick<Marks, keyof Marks>;
  readonly catchUp: CatchUp;
  /** What a device that could not keep up has missed. */
  readonly forDevice: Choose;
  readonly log: Log;
}

/** The feature, and what others tell it. */
export interface OfflineMessages extends Feature {
  /** A device of the account was given a message of the journal in another way than by its address. */
  readonly delivered: (account: Account, id: { readonly idHigh: number; readonly idLow: number }) => void;
  readonly stop: () => Promise<void>;
}

/**
 * Offline messages: nothing is stored for them. What waits for an account is what the journal holds behind the account's
 * mark. The mark follows what a device has acknowledged, or, without stream management, what it was sent. XEP-0160
 */
export function offline(parts: OfflineParts): OfflineMessages {
  const served = new Set<Account>();
  const flush = (): Promise<void> => write(served, parts);
  const timer = setInterval(() => void flush(), FLUSH_MS).unref();
  /** Two numbers, so that nothing is made for a message. */
  const move = (account: Account, high: number, low: number): void => {
    positionOf(account).moveTo(high, low);
    served.add(account);
  };
  /** As far as a device that acknowledges nothing was sent. */
  const sentTo = (session: Session): void => {
    if (session.behind && !session.unacknowledged)
      move(session.account, session.behind.position.high, session.behind.position.low);
  };

  return {
    name: 'offline',
    implements: [{ xep: 160, version: '1.0.1' }],
    advertises: { server: ['msgoffline'] },
    hooks: [
      on('copy', { kind: 'message', to: ['account', 'device'] }, (p) => {
        const account = p.target.account!;
        if (p.isRecorded && isTaken(account)) move(account, p.idHigh, p.idLow);
      }),
    ],
    keeps: keptMark,
    watches: {
      willing: (session) => serve(session, parts, { move, sentTo }),
      fellBehind: (session) => {
        if (session.border) return parts.catchUp.start(session, () => undefined);
        const mark = positionOf(session.account);
        const { position } = session.behind!;
        if (!session.unacknowledged && mark.text > position.text) mark.goTo(position.text);
        parts.catchUp.start(session, parts.forDevice, { moved: () => sentTo(session) });
      },
      acknowledged: (session) => {
        const { high, low } = session.unacknowledged!.acknowledgedUpTo;
        if (session.isWilling && positionOf(session.account).isBefore(high, low)) move(session.account, high, low);
      },
    },
    delivered: (account, { idHigh, idLow }) => {
      if (isTaken(account)) move(account, idHigh, idLow);
    },
    stop: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}

/** Who never had a device has got nothing yet. */
function positionOf(account: Account): Position {
  const known = account.get(markOf);
  if (known) return known;
  const first = new Position();
  account.put(markOf, first);
  return first;
}

/** True when a device takes messages at once and never says so: what it is sent counts as delivered. */
function isTaken(account: Account): boolean {
  for (const session of account.sessions.values()) {
    if (session.isWilling && !session.unacknowledged && !session.behind) return true;
  }
  return false;
}

interface Marking {
  readonly move: (account: Account, high: number, low: number) => void;
  readonly sentTo: (session: Session) => void;
}

/** From the mark on, oldest first, each with the time it was sent. RFC 6121 §8.5.2.2.1, XEP-0160 §3 */
function serve(session: Session, { catchUp }: OfflineParts, { move, sentTo }: Marking): void {
  const { account, context } = session;
  const mark = positionOf(account);
  if (session.behind || !mark.isBefore(context.released.high, context.released.low)) return;
  // Pushed at a device that reads the archive, everything would come twice.
  if (session.get(readsArchive)) return move(account, context.released.high, context.released.low);
  session.serveFrom(mark);
  catchUp.start(session, forAccount, { received: true, moved: () => sentTo(session) });
}

async function write(served: Set<Account>, { marks, log }: OfflineParts): Promise<void> {
  const accounts = [...served];
  served.clear();
  if (accounts.length === 0) return;
  try {
    await marks.move(accounts.map((account) => ({ accountId: account.id, journalId: positionOf(account).text })));
  } catch (error) {
    for (const account of accounts) served.add(account);
    log.warn('offline.mark.failed', { reason: describeError(error) });
  }
}
