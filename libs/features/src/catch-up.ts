import { setTimeout as wait } from 'node:timers/promises';
import type { ArchivePage, ArchiveQuery, ArchiveReader, PassedStanza, RoomStay } from '@interoffice/archive';
import type { Form, Session } from '@interoffice/routing';
import { describeError, type Log } from '@interoffice/telemetry';
import { delayElement, type Element, NS, serialize, toTree } from '@interoffice/wire';

const PAGE = 100;
/** Beyond this the next page waits until the device has taken what it was sent. */
const MOST_BUFFERED_BYTES = 262_144;
const LOOK_AGAIN_MS = 50;
const ASK_AGAIN_MS = 1000;
/** People of other servers have no archive here: what is read for them is what was said in rooms. */
const NOBODY = Number.MAX_SAFE_INTEGER;
/** A device that takes its messages slowly, or a database that does not answer, must not keep questions for ever. */
const LEVEL_WITHIN_MS = 2000;

/**
 * What a device is sent for an entry of its account's journal, and in which form; undefined when it is not for this
 * device. What was said in rooms is the same for all.
 */
export type Choose = (row: PassedStanza, session: Session) => { form: Form; element: Element } | undefined;

export interface CatchUpParts {
  readonly archive: ArchiveReader;
  readonly log: Log;
}

/**
 * Serves devices from the journal: those that were away, those that came back to a stream that was cut, and those that
 * take less than they are sent. Order is that of the journal; no entry is left out and none comes twice, for what is
 * released in the meantime is not sent directly until the reader is level with it.
 */
export class CatchUp {
  /** Streams being served: one reader at a time for each. */
  readonly #readers = new WeakSet<object>();

  constructor(private readonly parts: CatchUpParts) {}

  /**
   * From `session.behind` until the device is level, or away. `received` reads only what came for the account (for a
   * device that was not bound), otherwise its own messages are looked at too. `moved` is told after each page.
   */
  start(session: Session, choose: Choose, options: { received?: boolean; moved?: () => void } = {}): void {
    const { stream } = session;
    if (!stream || this.#readers.has(stream)) return;
    this.#readers.add(stream);
    void this.#run(session, choose, options)
      .catch((error: unknown) => this.parts.log.error('offline.delivery.failed', { reason: describeError(error) }))
      .finally(() => this.#readers.delete(stream));
  }

  async #run(session: Session, choose: Choose, options: { received?: boolean; moved?: () => void }): Promise<void> {
    const { stream, context } = session;
    const isServed = (): boolean => session.isOpen && session.stream === stream && session.behind !== undefined;
    while (isServed()) {
      const until = context.released.text;
      const rows = await this.#page(session, until, options.received === true);
      if (!isServed()) return;
      if (!rows) await wait(ASK_AGAIN_MS);
      else {
        for (const row of rows) if (isServed()) sendLate(row, session, choose);
        // What is sent to another server may be lost at once: then it is read again later.
        if (!isServed()) return;
        if (rows.length < PAGE) session.behind!.position.read(until);
        options.moved?.();
        if (rows.length < PAGE && session.behind!.isCaughtUp) return session.caughtUp();
        if (session.behind!.awaited > 0) await wait(LOOK_AGAIN_MS);
        while (isServed() && session.bufferedBytes > MOST_BUFFERED_BYTES) await wait(LOOK_AGAIN_MS);
      }
    }
  }

  /** Undefined when the archive cannot be read at the moment. */
  async #page(session: Session, untilId: string, received: boolean): Promise<readonly PassedStanza[] | undefined> {
    const { archive, log } = this.parts;
    const rooms = staysOf(session);
    const accountId = session.border ? NOBODY : session.account.id;
    const query = { accountId, afterId: session.behind!.position.text, untilId, max: PAGE, rooms };
    try {
      if (query.afterId >= untilId) return [];
      return await (received ? archive.after(query) : archive.passed(query));
    } catch (error) {
      log.warn('offline.delivery.failed', { reason: describeError(error) });
      return undefined;
    }
  }
}

/**
 * Resolves when the device has been sent what it is being served from the journal, or two seconds have passed. A page of
 * an archive comes behind that: what is in the page, and comes to the device as well, has come by then, and a client that
 * compares the page with what has come sees nothing twice.
 */
async function whenLevel({ behind }: Session): Promise<void> {
  if (!behind) return;
  const done = new AbortController();
  const late = wait(LEVEL_WITHIN_MS, undefined, { ref: false, signal: done.signal }).catch(() => undefined);
  await Promise.race([behind.whenLevel(), late]);
  done.abort();
}

/** A page of an archive for a device: of what has been released, behind what is on its way to it. */
export async function pageFor(
  session: Session,
  archive: ArchiveReader,
  query: Omit<ArchiveQuery, 'untilId'>,
): Promise<ArchivePage | undefined> {
  await whenLevel(session);
  return archive.page({ ...query, untilId: session.context.released.text });
}

/** The rooms whose rows are the device's to read. */
export function staysOf({ stays }: Session): RoomStay[] {
  return [...(stays ?? [])].map(([roomId, stay]) => ({ roomId, ...stay }));
}

function sendLate(row: PassedStanza, session: Session, choose: Choose): void {
  const behind = session.behind!;
  const chosen =
    row.receiverId < 0 ? ({ form: 'room', element: saidInRoom(row, session) } as const) : choose(row, session);
  const [idHigh, idLow] = [parseInt(row.id.slice(0, 8), 16), parseInt(row.id.slice(8), 16)];
  behind.goBefore(idHigh, idLow);
  for (const bytes of behind.waiting.take(behind.position)) session.deliverInTurn(bytes);
  behind.position.moveTo(idHigh, idLow);
  if (!chosen) return;
  const bytes = Buffer.from(serialize(chosen.element));
  session.deliverLate({ bytes, start: 0, end: bytes.length, idHigh, idLow, form: chosen.form });
}

/** What was said in a room while this device did not hear it. XEP-0045 §7.2.14, XEP-0203 */
export function saidInRoom(
  { stanza, atMs }: PassedStanza | { stanza: Buffer; atMs: number },
  { jid }: Session,
): Element {
  const message = toTree(stanza, 0, stanza.length, NS.client);
  message.attrs['to'] = jid.toString();
  const room = String(message.attrs['from']).split('/', 1)[0];
  message.cnode(delayElement({ from: room, atMs }));
  return message;
}

/** The message as it was delivered, with the time it was sent. XEP-0203 */
export function delayed({ stanza, atMs }: PassedStanza | { stanza: Buffer; atMs: number }, session: Session): Element {
  const message = toTree(stanza, 0, stanza.length, NS.client);
  // What came by way of a room was addressed as it left.
  message.attrs['to'] ??= session.jid.toString();
  message.cnode(delayElement({ from: session.account.jid.domain, atMs }));
  return message;
}
