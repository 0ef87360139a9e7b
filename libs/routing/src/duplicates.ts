import type { Count, Log } from '@interoffice/telemetry';
import { decodeAttribute, type Element, NS, serialize, toTree } from '@interoffice/wire';
import type { Account } from './accounts.js';
import type { Passage } from './passage.js';
import { hashOf, MessageKey } from './message-key.js';
import { RecentMessages } from './recent-messages.js';
import type { Session } from './session.js';

/** A day: for so long a message that is sent again is known. architecture.md §5.6 */
export const REMEMBERED_MS = 86_400_000;

/** What an account has sent, read from the journal. */
export interface SentMessages {
  /** The origin-ids, or else the ids, of what it sent since. */
  ids(account: Account, sinceMs: number): Promise<readonly string[]>;
  /** The stanzas it sent with this id since, as they were delivered. */
  with(account: Account, id: string, sinceMs: number): Promise<readonly Buffer[]>;
}

/**
 * Of an account with a stream that did not end by its own word: its client cannot know what arrived, and sends again what
 * was not acknowledged. Such messages are looked for in the journal too.
 */
export class Doubtful {
  /** Hashes of ids sent before, sorted; undefined: not read yet. */
  sent: Uint32Array | undefined;
  /** The question about this account that the journal is being asked. */
  asking: Promise<unknown> | undefined;
  /**
   * `inFlight`: settles when everything sent before is in the journal; undefined when it is. `isRemembered`: whatever may
   * be sent again was sent to this process, which remembers it: the journal need not be asked for ids.
   */
  constructor(
    readonly untilMs: number,
    public inFlight?: Promise<void>,
    readonly isRemembered = false,
  ) {}

  mayKnow(hash: number): boolean {
    const sent = this.sent!;
    let [low, high] = [0, sent.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sent[middle]! < hash) low = middle + 1;
      else high = middle;
    }
    return sent[low] === hash;
  }
}

export interface DuplicatesParts {
  /** Undefined where nothing is recorded: then only what is remembered in memory is known. */
  readonly sent: SentMessages | undefined;
  readonly clock: { now(): number };
  readonly log: Log;
  readonly counts: { readonly same: Count; readonly reused: Count };
}

/** What was found in the journal for the stanza that a session will show once more. */
interface Looked {
  readonly id: string;
  readonly stanzas: readonly Buffer[];
}

/**
 * A message that is sent again is recorded and delivered once: the same account, the same id, the same content.
 * architecture.md §5.6. Another content under a known id is another message (T-05 of security.md).
 */
export class Duplicates {
  readonly #key = new MessageKey();
  readonly #looked = new WeakMap<Session, Looked>();
  /** What `prepare` has found in memory for the passage that `isKnown` is asked about next; undefined: it did not look. */
  #found: 'same' | 'reused' | 'new' | undefined;

  constructor(private readonly parts: DuplicatesParts) {}

  /**
   * A promise: the journal has to be asked first; show the stanza once more when it settles. It rejects when the journal
   * cannot be asked.
   */
  prepare(p: Passage): Promise<unknown> | undefined {
    const { session } = p;
    this.#found = undefined;
    const doubtful = this.#doubtful(session.account);
    if (!doubtful || !this.parts.sent) return undefined;
    if (doubtful.isRemembered) return this.#lookAgain(p, doubtful, this.parts.sent);
    const { sent } = this.parts;
    if (!doubtful.sent) return askOnce(doubtful, () => this.#readIds(session.account, doubtful, sent));
    const id = idOf(p);
    if (id === undefined || this.#looked.get(session)?.id === id) return undefined;
    if (!doubtful.mayKnow(hashOfText(id))) return undefined;
    return askOnce(doubtful, () => this.#lookFor(session, id, sent));
  }

  /** True when this very message was sent before: it must be neither recorded nor delivered again. */
  isKnown(p: Passage): boolean {
    const { session } = p;
    const prepared = this.#found;
    this.#found = undefined;
    if (!prepared) this.#key.read(p);
    if (!this.#key.isKnown) return false;
    const { recent, doubtful } = session.account;
    const found = this.#inJournal(p) ?? prepared ?? recent?.find(this.#key, doubtful !== undefined);
    if (!found || found === 'new') return false;
    this.parts.counts[found].inc();
    const from = session.jid.toString();
    if (found === 'same') this.parts.log.info('message.sent.again', { from, id: p.id });
    else this.parts.log.info('message.id.reused', { from, id: p.id });
    return found === 'same';
  }

  /** The message asked about last has been appended. */
  remember({ account }: Session): void {
    if (this.#key.isKnown) (account.recent ??= new RecentMessages()).add(this.#key);
  }

  /** The same id, and not the same bytes: whether it says the same is for the journal to tell. */
  #lookAgain(p: Passage, doubtful: Doubtful, sent: SentMessages): Promise<unknown> | undefined {
    const { session } = p;
    this.#key.read(p);
    this.#found = this.#key.isKnown ? (session.account.recent?.find(this.#key, true) ?? 'new') : 'new';
    if (this.#found !== 'reused') return undefined;
    const id = idOf(p)!;
    if (this.#looked.get(session)?.id === id) return undefined;
    return askOnce(doubtful, async () => {
      await doubtful.inFlight;
      await this.#lookFor(session, id, sent);
    });
  }

  #doubtful(account: Account): Doubtful | undefined {
    const { doubtful } = account;
    if (doubtful && doubtful.untilMs < this.parts.clock.now()) account.doubtful = undefined;
    return account.doubtful;
  }

  async #readIds(account: Account, doubtful: Doubtful, sent: SentMessages): Promise<void> {
    await doubtful.inFlight;
    doubtful.inFlight = undefined;
    const ids = await sent.ids(account, this.parts.clock.now() - REMEMBERED_MS);
    doubtful.sent = Uint32Array.from(ids, hashOfText).toSorted();
  }

  async #lookFor(session: Session, id: string, sent: SentMessages): Promise<void> {
    const stanzas = await sent.with(session.account, id, this.parts.clock.now() - REMEMBERED_MS);
    this.#looked.set(session, { id, stanzas });
  }

  #inJournal(p: Passage): 'same' | 'reused' | undefined {
    const looked = this.#looked.get(p.session);
    if (!looked) return undefined;
    this.#looked.delete(p.session);
    if (looked.stanzas.length === 0) return undefined;
    const said = p.tree();
    const to = p.target.hosted ? bareOf(said.attrs['to']) : String(said.attrs['to']);
    const content = contentOf(said, to);
    const isSame = looked.stanzas.some((bytes) => {
      const kept = toTree(bytes, 0, bytes.length, NS.client);
      return contentOf(kept, receiverOf(kept)) === content;
    });
    return isSame ? 'same' : 'reused';
  }
}

/**
 * One question about an account at a time; who has another one is shown again when it is answered. While the database is
 * slow its stanzas are told to wait and come again: if each of them asked anew, questions would pile up faster than they
 * are answered, and nothing would be any more.
 */
function askOnce(doubtful: Doubtful, question: () => Promise<void>): Promise<unknown> {
  return (doubtful.asking ??= question().finally(() => (doubtful.asking = undefined)));
}

function idOf(p: Passage): string | undefined {
  const { scan, bytes, originIdStart } = p;
  const [start, end] = originIdStart >= 0 ? [originIdStart, p.originIdEnd] : [scan.idStart, scan.idEnd];
  return start < 0 || end === start ? undefined : decodeAttribute(bytes.toString('utf8', start, end));
}

function hashOfText(id: string): number {
  const bytes = Buffer.from(id);
  return hashOf(bytes, 0, bytes.length);
}

/** Receiver, type and children; without what the server or a resending client adds. XEP-0203, XEP-0359, XEP-0421 */
function contentOf(message: Element, to: string): string {
  const said = message.getChildElements().filter((child) => !isAdded(child));
  return JSON.stringify([to, message.attrs['type'], ...said.map((child) => serialize(child, NS.client))]);
}

function isAdded(child: Element): boolean {
  const namespace = child.getNS();
  if (namespace === NS.delay || namespace === NS.occupantId || namespace === NS.office) return true;
  if (namespace === NS.mucUser) return child.getChildElements().length === 0;
  return namespace === NS.sid && child.getName() === 'stanza-id';
}

/** What was said by way of a room stands in the journal as the room passed it on: from there, and to everybody. */
function receiverOf(kept: Element): string {
  return String(kept.attrs['to'] ?? bareOf(kept.attrs['from']));
}

function bareOf(address: unknown): string {
  return String(address).split('/', 1)[0]!;
}
