import { type Account, facet, type Feature, on, type Session } from '@interoffice/routing';
import { delayElement, type Element, NS, toTree } from '@interoffice/wire';
import type { ArchivedStanza, ArchiveReader } from '@interoffice/archive';
import { describeError, type Log } from '@interoffice/telemetry';
import { readsArchive } from '../archive-devices.js';
import { Mark } from './mark.js';
import type { Marks } from './marks.js';

const markOf = facet<Mark | undefined>('offline.mark', undefined);

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
  const flush = (): Promise<void> => write(served, parts);
  const timer = setInterval(() => void flush(), FLUSH_MS).unref();

  return {
    name: 'offline',
    implements: [{ xep: 160, version: '1.0.1' }],
    advertises: { server: ['msgoffline'] },
    hooks: [
      on('copy', { kind: 'message', to: ['account', 'device'] }, ({ target, idHigh, idLow }) => {
        const account = target.account!;
        if (!hasWilling(account)) return;
        account.get(markOf)!.moveTo(idHigh, idLow);
        served.add(account);
      }),
    ],
    loads: async (accounts) => {
      const marks = await parts.marks.load(accounts);
      // Who never had a device has got nothing yet.
      for (const account of accounts) account.put(markOf, new Mark(marks.get(account.id)));
    },
    watches: {
      willing: (session) => {
        const others = [...session.account.sessions.values()].some((other) => other !== session && other.isWilling);
        // What came while another device took it has been delivered.
        if (!others) serve(session, parts, served);
      },
    },
    stop: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}

async function write(served: Set<Account>, { marks, log }: OfflineParts): Promise<void> {
  const accounts = [...served];
  served.clear();
  if (accounts.length === 0) return;
  try {
    await marks.move(accounts.map((account) => ({ accountId: account.id, journalId: account.get(markOf)!.text })));
  } catch (error) {
    for (const account of accounts) served.add(account);
    log.warn('offline.mark.failed', { reason: describeError(error) });
  }
}

function hasWilling(account: Account): boolean {
  for (const session of account.sessions.values()) if (session.isWilling) return true;
  return false;
}

/** Takes the mark to this moment at once: whatever is released from here on goes to the device directly. */
function serve(session: Session, parts: OfflineParts, served: Set<Account>): void {
  const { account } = session;
  const mark = account.get(markOf)!;
  const range = { from: mark.text, until: parts.releasedId() };
  mark.read(range.until);
  const failed = (error: unknown): void => {
    mark.goBack(range.from);
    parts.log.warn('offline.delivery.failed', { reason: describeError(error) });
  };
  void account
    .inOrder(() => deliverWaiting(session, range, parts.archive))
    .then((isDone) => (isDone ? served.add(account) : mark.goBack(range.from)))
    .catch(failed);
}

/** RFC 6121 §8.5.2.2.1: everything behind the mark, oldest first, each with the time it was sent. XEP-0160 §3 */
async function deliverWaiting(
  session: Session,
  { from, until }: { from: string; until: string },
  archive: ArchiveReader,
): Promise<boolean> {
  const { account } = session;
  // Pushed at a device that reads the archive, everything would come twice.
  if (session.get(readsArchive)) return true;
  for (let afterId = from; afterId < until && session.isOpen;) {
    const rows = await archive.after({ accountId: account.id, afterId, untilId: until, max: PAGE });
    for (const row of rows) session.send(delayed(row, account));
    afterId = rows.length < PAGE ? until : rows.at(-1)!.id;
  }
  return session.isOpen;
}

function delayed(row: ArchivedStanza, account: Account): Element {
  const message = toTree(row.stanza, 0, row.stanza.length, NS.client);
  message.cnode(delayElement({ from: account.jid.domain, atMs: row.atMs }));
  return message;
}
