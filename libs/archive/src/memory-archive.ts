import type { Batch } from './batch.js';
import { formatId } from './ids.js';
import { pageOf } from './postgres-reader.js';
import { rangeOf } from './range.js';
import type { ForeignQuery, HeldQuery, OutboundMessage, OutboundPair, OutboundQuery } from './outbound.js';
import type {
  ArchiveBounds,
  ArchivePage,
  ArchiveQuery,
  ArchiveReader,
  Change,
  PassedStanza,
  SaidQuery,
  SentQuery,
  WaitingQuery,
} from './reader.js';
import { NONE_POISONED, type Sink } from './sink.js';
import { readTuple } from './tuple.js';

/** A row of the journal as it is in memory. */
export interface MemoryRow extends PassedStanza {
  readonly verdict: number;
  readonly author: string;
  readonly receiver: string;
  readonly stanzaId: string | undefined;
  readonly originId: string | undefined;
  readonly thread: string | undefined;
  readonly body: string | undefined;
  readonly room: string | undefined;
  readonly peer: string | undefined;
  readonly gateway: string | undefined;
  readonly about: string | undefined;
  readonly decisionId: string | undefined;
}

const GROUPCHAT = 3;

/** Sink and reader without a database, for the stage: the same promises, but for surviving the process. */
export class MemoryArchive implements Sink, ArchiveReader {
  readonly width = 2;
  readonly rows: MemoryRow[] = [];
  #held: (() => void)[] | undefined;

  /** As when the database goes away: nothing is committed until `resume`. */
  hold(): void {
    this.#held ??= [];
  }

  /** As when it is back. */
  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const go of held) go();
  }

  async commit(batch: Batch<unknown, unknown>, before?: Promise<unknown>): Promise<readonly number[]> {
    if (before) await before;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#held) {
      this.#held.push(resolve);
      await promise;
    }
    for (let i = 0; i < batch.count; i++) if (batch.recorded[i] === 1) this.rows.push(rowOf(batch, i));
    this.rows.sort((a, b) => (a.id < b.id ? -1 : 1));
    return NONE_POISONED;
  }

  close(): void {
    this.#held = undefined;
  }

  page(query: ArchiveQuery): Promise<ArchivePage | undefined> {
    const own = this.#of(query.accountId);
    const named = [query.afterId, query.beforeId, ...(query.ids ?? [])].filter((id) => id !== undefined);
    if (!named.every((id) => own.some((row) => row.id === id))) return Promise.resolve(undefined);
    const { above, below } = rangeOf(query);
    const selected = own.filter((row) => {
      const inRange = row.id > above && row.id < below && (query.ids?.includes(row.id) ?? true);
      return inRange && (query.with === undefined || isWith(row, query.accountId, query.with));
    });
    if (query.max === 0) {
      return Promise.resolve({ rows: [], complete: selected.length === 0, count: selected.length });
    }
    const found = query.backwards === true ? selected.slice(-query.max - 1) : selected.slice(0, query.max + 1);
    const authored = found.map((row) => ({
      ...row,
      author: row.authorDevice ? `${row.author}/${row.authorDevice}` : row.author,
    }));
    return Promise.resolve(pageOf(query, query.accountId < 0 ? authored : found));
  }

  metadata(accountId: number): Promise<ArchiveBounds> {
    const own = this.#of(accountId);
    const [first, last] = [own[0], own.at(-1)];
    if (!first || !last) return Promise.resolve({});
    return Promise.resolve({ first: { id: first.id, atMs: first.atMs }, last: { id: last.id, atMs: last.atMs } });
  }

  sentIds(query: SentQuery): Promise<readonly string[]> {
    const ids = this.#sent(query).map(({ originId, stanzaId }) => originId ?? stanzaId);
    return Promise.resolve(ids.filter((id) => id !== undefined));
  }

  sentWith(query: SentQuery & { readonly id: string }): Promise<readonly Buffer[]> {
    const same = this.#sent(query).filter(({ originId, stanzaId }) => (originId ?? stanzaId) === query.id);
    return Promise.resolve(same.map(({ stanza }) => stanza));
  }

  passed(query: WaitingQuery): Promise<readonly PassedStanza[]> {
    return this.#waiting(query, (row) => isOwn(row, query.accountId));
  }

  #waiting(
    { rooms = [], afterId, untilId, max }: WaitingQuery,
    isWanted: (row: MemoryRow) => boolean,
  ): Promise<readonly PassedStanza[]> {
    const isSaid = (row: MemoryRow): boolean =>
      row.kind === GROUPCHAT &&
      rooms.some(
        ({ roomId, afterId: since, untilId: until }) =>
          row.receiverId === roomId && row.id > since && (until === undefined || row.id <= until),
      );
    const found: MemoryRow[] = [];
    for (let i = this.#firstAfter(afterId); i < this.rows.length && found.length < max; i++) {
      const row = this.rows[i]!;
      if (row.id > untilId) break;
      if (row.verdict === 0 && (isWanted(row) || isSaid(row))) found.push(row);
    }
    return Promise.resolve(found);
  }

  /** Rows are in the order of their ids. */
  #firstAfter(id: string): number {
    let [low, high] = [0, this.rows.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.rows[middle]!.id > id) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  find(ids: readonly string[]): Promise<readonly PassedStanza[]> {
    return Promise.resolve(this.rows.filter(({ id, verdict }) => verdict === 0 && ids.includes(id)));
  }

  changesOf(ids: readonly string[]): Promise<readonly Change[]> {
    const isChange = (row: MemoryRow): row is MemoryRow & Change =>
      row.verdict === 0 && row.about !== undefined && ids.includes(row.about);
    return Promise.resolve(this.rows.filter(isChange));
  }

  said({ accountId, roomId, id }: SaidQuery): Promise<PassedStanza | undefined> {
    const said = this.rows.filter((row) => {
      return row.receiverId === roomId && row.kind === GROUPCHAT && row.verdict === 0 && row.stanzaId === id;
    });
    return Promise.resolve(said.findLast(({ authorId }) => authorId === accountId) ?? said.at(-1));
  }

  outbound({ domain, peer, afterId, max }: OutboundQuery): Promise<readonly OutboundMessage[]> {
    const waiting = this.#outbound().filter((row) => {
      return row.peer === peer && row.author.endsWith(`@${domain}`) && BigInt(`0x${row.id}`) > afterId && row.kind < 5;
    });
    const found = waiting.slice(0, max);
    return Promise.resolve(found.map(({ id, atMs, stanza }) => ({ id: BigInt(`0x${id}`), atMs, bytes: stanza })));
  }

  outboundPairs(): Promise<readonly OutboundPair[]> {
    const latest = new Map<string, OutboundPair>();
    for (const { id, author, peer } of this.#outbound()) {
      const domain = author.slice(author.indexOf('@') + 1);
      latest.set(`${domain} ${peer}`, { domain, peer: peer!, journalId: BigInt(`0x${id}`) });
    }
    return Promise.resolve([...latest.values()]);
  }

  heldFor({ author, receiverId, afterId, max }: HeldQuery): Promise<readonly OutboundMessage[]> {
    const held = this.rows.filter((row) => {
      const isPair = row.author === author && row.authorId === 0 && row.receiverId === receiverId;
      return isPair && row.verdict === 2 && row.decisionId === 'waits-for-consent' && BigInt(`0x${row.id}`) > afterId;
    });
    const found = held.slice(0, max);
    return Promise.resolve(found.map(({ id, atMs, stanza }) => ({ id: BigInt(`0x${id}`), atMs, bytes: stanza })));
  }

  foreignIds(query: ForeignQuery): Promise<readonly string[]> {
    const ids = this.#foreign(query).map(({ originId, stanzaId }) => originId ?? stanzaId);
    return Promise.resolve(ids.filter((id) => id !== undefined));
  }

  foreignWith(query: ForeignQuery & { readonly id: string }): Promise<readonly Buffer[]> {
    const same = this.#foreign(query).filter(({ originId, stanzaId }) => (originId ?? stanzaId) === query.id);
    return Promise.resolve(same.map(({ stanza }) => stanza));
  }

  #outbound(): MemoryRow[] {
    return this.rows.filter(
      ({ peer, author, authorId, verdict }) =>
        peer !== undefined && verdict === 0 && (authorId !== 0 || !author.endsWith(`@${peer}`)),
    );
  }

  #foreign({ author, sinceMs }: ForeignQuery): MemoryRow[] {
    return this.rows
      .filter((row) => row.author === author && row.authorId === 0 && row.verdict === 0 && row.atMs > sinceMs)
      .toReversed();
  }

  #of(accountId: number): MemoryRow[] {
    return this.rows.filter((row) => row.verdict === 0 && isOwn(row, accountId));
  }

  #sent({ accountId, sinceMs }: SentQuery): MemoryRow[] {
    return this.rows
      .filter(({ authorId, atMs, verdict, kind }) => {
        return authorId === accountId && atMs > sinceMs && verdict === 0 && kind < 5;
      })
      .toReversed();
  }

  after(query: WaitingQuery): Promise<readonly PassedStanza[]> {
    return this.#waiting(
      query,
      ({ kind, receiverId, receiverDevice }) =>
        receiverId === query.accountId && (kind === 0 || (kind === 1 && receiverDevice === '')),
    );
  }
}

/** The account's own view, or, below zero, what was said to all in a room. */
function isOwn({ authorId, receiverId, kind }: MemoryRow, accountId: number): boolean {
  if (accountId < 0) return receiverId === accountId && kind === GROUPCHAT;
  return receiverId === accountId || (authorId === accountId && receiverId >= 0);
}

function isWith(row: MemoryRow, accountId: number, other: string): boolean {
  const matches = (bare: string, device: string): boolean => other === bare || other === `${bare}/${device}`;
  if (row.authorId === accountId && matches(row.receiver, row.receiverDevice)) return true;
  return row.receiverId === accountId && row.authorId !== accountId && matches(row.author, row.authorDevice);
}

function rowOf(batch: Batch<unknown, unknown>, i: number): MemoryRow {
  const facts = readTuple(batch.journal.bytes, batch.journalStart[i]!);
  const content = readTuple(batch.content.bytes, batch.contentStart[i]!);
  const text = (field: number): string | undefined => facts[field]?.toString();
  return {
    id: formatId(batch.idHigh[i]!, batch.idLow[i]!),
    atMs: batch.placeOf(i).atMs,
    stanza: content[3]!,
    authorId: Number(facts[2]!.readBigInt64BE()),
    receiverId: Number(facts[3]!.readBigInt64BE()),
    kind: facts[7]!.readInt16BE(),
    verdict: facts[8]!.readInt16BE(),
    author: text(10)!,
    authorDevice: text(11)!,
    receiver: text(13)!,
    receiverDevice: text(14)!,
    stanzaId: text(20),
    originId: text(21),
    thread: text(22),
    room: text(16),
    peer: text(17),
    gateway: text(18),
    decisionId: text(19),
    about: facts[4] && facts[4].toString('hex'),
    body: content[4]?.toString(),
  };
}
