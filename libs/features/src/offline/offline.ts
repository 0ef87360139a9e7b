import { type Account, facet, type Feature, on, type Session } from '@interoffice/routing';
import { delayElement, type Element, NS, toTree } from '@interoffice/wire';
import type { ArchivedStanza, ArchiveReader } from '@interoffice/archive';
import { describeError, type Log } from '@interoffice/telemetry';
import { readsArchive } from '../archive-devices.js';
import type { Marks } from './marks.js';

const markOf = facet<string | undefined>('offline.mark', undefined);

const PAGE = 100;
/** How often the marks of accounts that got something are written: a crash repeats at most this much of the past. */
const FLUSH_MS = 2000;

export interface OfflineParts {
  readonly marks: Marks;
  readonly archive: ArchiveReader;
  /** The latest message that has been released, as 16 hexadecimal digits. */
  readonly releasedId: () => string;
  readonly log: Log;
}

/**
 * Offline messages: nothing is stored for them. What waits for an account is what the journal holds behind the account's
 * mark; the mark follows the journal while a device that takes messages is there. XEP-0160
 */
export function offline(parts: OfflineParts): Feature & { readonly stop: () => Promise<void> } {
  const served = new Set<Account>();
  const flush = async (): Promise<void> => {
    const accounts = [...served];
    served.clear();
    if (accounts.length === 0) return;
    const id = parts.releasedId();
    for (const account of accounts) account.put(markOf, id);
    await parts.marks.move(accounts.map(({ id: accountId }) => accountId), id);
  };
  const flushSafely = (): Promise<void> =>
    flush().catch((error: unknown) => parts.log.warn('offline.mark.failed', { reason: describeError(error) }));
  const timer = setInterval(() => void flushSafely(), FLUSH_MS).unref();

  return {
    name: 'offline',
    implements: [{ xep: 160, version: '1.0.1' }],
    advertises: { server: ['msgoffline'] },
    hooks: [
      on('copy', { kind: 'message', to: ['account', 'device'] }, (p) => {
        const account = p.target.account!;
        if (hasWilling(account)) served.add(account);
      }),
    ],
    loads: async (accounts) => {
      const marks = await parts.marks.load(accounts);
      for (const account of accounts) account.put(markOf, marks.get(account.id));
    },
    watches: {
      available: (session) => {
        if (!session.isWilling) return;
        void session.account
          .inOrder(() => deliverWaiting(session, parts))
          .catch((error: unknown) => parts.log.warn('offline.delivery.failed', { reason: describeError(error) }));
      },
      gone: ({ account }) => {
        // What was released until now went to the device that has just left.
        if (!hasWilling(account)) served.add(account);
      },
    },
    stop: async () => {
      clearInterval(timer);
      await flushSafely();
    },
  };
}

function hasWilling(account: Account): boolean {
  for (const session of account.sessions.values()) if (session.isWilling) return true;
  return false;
}

/** RFC 6121 §8.5.2.2.1: everything behind the mark, oldest first, each with the time it was sent. XEP-0160 §3 */
async function deliverWaiting(session: Session, { marks, archive, releasedId }: OfflineParts): Promise<void> {
  const { account } = session;
  // Whatever is released from here on goes to the device directly.
  const until = releasedId();
  const others = [...account.sessions.values()].some((other) => other !== session && other.isWilling);
  let from = account.get(markOf);
  if (!others && !session.get(readsArchive) && from !== undefined) {
    for (;;) {
      const rows = await archive.after({ accountId: account.id, afterId: from, untilId: until, max: PAGE });
      for (const row of rows) session.send(delayed(row, account));
      if (rows.length < PAGE || !session.isOpen) break;
      from = rows[rows.length - 1]!.id;
    }
  }
  if (!session.isOpen) return;
  account.put(markOf, until);
  await marks.move([account.id], until);
}

function delayed(row: ArchivedStanza, account: Account): Element {
  const message = toTree(row.stanza, 0, row.stanza.length, NS.client);
  message.cnode(delayElement({ from: account.jid.domain, atMs: row.atMs }));
  return message;
}
