import { setTimeout as wait } from 'node:timers/promises';
import type { ArchivedStanza, ArchiveReader } from '@interoffice/archive';
import type { Sent, Session } from '@interoffice/routing';
import { describeError, type Log } from '@interoffice/telemetry';
import { type Element, NS, serialize, toTree, xml } from '@interoffice/wire';
import { delayed, saidInRoom } from '../catch-up.js';
import type { LateCopy } from '../for-device.js';

const PAGE = 100;
const MOST_BUFFERED_BYTES = 262_144;
const LOOK_AGAIN_MS = 50;
const ASK_AGAIN_MS = 1000;

export interface ResendParts {
  readonly archive: ArchiveReader;
  readonly lateCopy: LateCopy;
  readonly log: Log;
}

/**
 * Sends again, in order and under the same numbers, what a resumed stream's client has not acknowledged. XEP-0198 §5
 * Resolves with false when the stream was cut again meanwhile.
 */
export async function resend(session: Session, { archive, lateCopy, log }: ResendParts): Promise<boolean> {
  const { stream } = session;
  const isThere = (): boolean => session.isOpen && stream !== undefined && session.stream === stream;
  const entries = [...session.unacknowledged!.entries()];
  for (let i = 0; i < entries.length && isThere();) {
    const some = entries.slice(i, i + PAGE);
    const rows = await read(some, { archive, log });
    if (!isThere()) return false;
    if (!rows) await wait(ASK_AGAIN_MS);
    else {
      for (const entry of some) {
        const bytes = 'bytes' in entry ? entry.bytes : again(entry, { rows, session, lateCopy });
        stream!.send(bytes, 0, bytes.length);
      }
      i += PAGE;
      while (isThere() && session.bufferedBytes > MOST_BUFFERED_BYTES) await wait(LOOK_AGAIN_MS);
    }
  }
  return isThere();
}

/** Undefined when the archive cannot be read at the moment. */
async function read(
  entries: readonly Sent[],
  { archive, log }: Pick<ResendParts, 'archive' | 'log'>,
): Promise<ReadonlyMap<string, ArchivedStanza> | undefined> {
  const ids = entries.flatMap((entry) => ('id' in entry ? [entry.id] : []));
  try {
    const rows = ids.length === 0 ? [] : await archive.find(ids);
    return new Map(rows.map((row) => [row.id, row]));
  } catch (error) {
    log.warn('stream-management.resend.failed', { reason: describeError(error) });
    return undefined;
  }
}

function again(
  { id, form }: Extract<Sent, { id: string }>,
  parts: { rows: ReadonlyMap<string, ArchivedStanza>; session: Session; lateCopy: LateCopy },
): Buffer {
  const { session, rows, lateCopy } = parts;
  const row = rows.get(id);
  if (!row) return Buffer.from(serialize(placeOnly(session)));
  if (form === 'room') return Buffer.from(serialize(saidInRoom(row, session)));
  if (form === 'plain' || form === 'delayed') return Buffer.from(serialize(delayed(row, session)));
  const message = toTree(row.stanza, 0, row.stanza.length, NS.client);
  return Buffer.from(serialize(lateCopy(form, message, { session, atMs: row.atMs }) ?? placeOnly(session)));
}

/** Keeps the count where a message has been disposed of meanwhile: the client numbers what it receives. */
function placeOnly({ account, jid }: Session): Element {
  return xml('message', { xmlns: NS.client, from: account.bare, to: jid.toString(), type: 'headline' });
}
