import { setTimeout as wait } from 'node:timers/promises';
import { type Account, facet, type Feature, on, type Session } from '@interoffice/routing';
import { delayElement, type Element, NS, toTree } from '@interoffice/wire';
import type { ArchivedStanza, ArchiveReader } from '@interoffice/archive';
import { describeError, type Log } from '@interoffice/telemetry';
import { readsArchive } from '../archive-devices.js';
import { Mark } from './mark.js';
import type { Marks } from './marks.js';

const markOf = facet<Mark | undefined>('offline.mark', undefined);

const PAGE = 100;
/** Beyond this the next page waits until the device has taken what it was sent. */
const MOST_BUFFERED_BYTES = 1_048_576;
const LOOK_AGAIN_MS = 50;
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
  const state: State = { served: new Set(), serving: new Set() };
  const flush = (): Promise<void> => write(state, parts);
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
        state.served.add(account);
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
        if (!others) serve(session, parts, state);
      },
    },
    stop: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}

interface State {
  /** Accounts whose mark has moved since it was written. */
  readonly served: Set<Account>;
  /** Accounts whose mark is ahead of what their device has been sent: it is not written yet. */
  readonly serving: Set<Account>;
}

async function write({ served, serving }: State, { marks, log }: OfflineParts): Promise<void> {
  const accounts = [...served].filter((account) => !serving.has(account));
  for (const account of accounts) served.delete(account);
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
function serve(session: Session, parts: OfflineParts, { served, serving }: State): void {
  const { account } = session;
  const mark = account.get(markOf)!;
  const range = { from: mark.text, until: parts.releasedId() };
  mark.read(range.until);
  serving.add(account);
  const failed = (error: unknown): void => {
    mark.goBack(range.from);
    parts.log.warn('offline.delivery.failed', { reason: describeError(error) });
  };
  void account
    .inOrder(() => deliverWaiting(session, range, parts.archive))
    .then((isDone) => (isDone ? served.add(account) : mark.goBack(range.from)))
    .catch(failed)
    .finally(() => serving.delete(account));
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
    // A device that takes nothing at all is ended by its stream.
    while (session.isOpen && session.bufferedBytes > MOST_BUFFERED_BYTES) await wait(LOOK_AGAIN_MS);
    afterId = rows.length < PAGE ? until : rows.at(-1)!.id;
  }
  return session.isOpen;
}

function delayed(row: ArchivedStanza, account: Account): Element {
  const message = toTree(row.stanza, 0, row.stanza.length, NS.client);
  message.cnode(delayElement({ from: account.jid.domain, atMs: row.atMs }));
  return message;
}
