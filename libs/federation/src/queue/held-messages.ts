import { type Element, type Jid, NS, tryJid, xml } from '@interoffice/wire';
import { setTimeout as delay } from 'node:timers/promises';
import { stanzaOf } from './outgoing-bytes.js';

/** What waits in the journal for somebody's consent. */
export interface HeldMessages {
  /** Rows of one author for one account behind a position, the oldest first. Rejects with the database. */
  heldFor(query: HeldQuery): Promise<readonly { readonly id: bigint; readonly atMs: number; readonly bytes: Buffer }[]>;
}

export interface HeldQuery {
  /** Bare JID. */
  readonly author: string;
  readonly receiverId: number;
  readonly afterId: bigint;
  readonly max: number;
}

/** A promise: nothing was done; to be shown again when it settles. */
export type Shown = (from: Jid, stanza: Element) => Promise<unknown> | undefined;

export interface Releasing {
  readonly pair: Pick<HeldQuery, 'author' | 'receiverId'>;
  readonly afterId: bigint;
  readonly held: HeldMessages;
  /** The latest that was made to wait, also when it is not in the journal yet. */
  readonly latest: () => bigint;
  readonly show: (from: Jid, stanza: Element) => Promise<void>;
  /** Everything up to here has been shown; so many of the page are left. */
  readonly moved: (upTo: bigint, left: number) => Promise<void>;
}

const PAGE = 50;
const LOOK_AGAIN_MS = 50;
/** What was not recorded within this time was refused instead. */
const LOOKS = 100;

/**
 * Shows what waits, in the order in which it came, until nothing does; returns how far it came. Rejects with the database:
 * what was shown until then is not shown again.
 */
export async function release({ pair, held, latest, show, moved, ...from }: Releasing): Promise<bigint> {
  let { afterId } = from;
  for (let looks = 0; looks < LOOKS;) {
    const rows = await held.heldFor({ ...pair, afterId, max: PAGE });
    for (const { id, atMs, bytes } of rows) {
      const message = stanzaOf(bytes);
      const author = tryJid(String(message.attrs['from']));
      if (author) await show(author, delayed(message, atMs));
      afterId = id;
    }
    if (rows.length > 0) {
      await moved(afterId, rows.length === PAGE ? PAGE : 0);
      continue;
    }
    if (latest() <= afterId) break;
    looks++;
    await delay(LOOK_AGAIN_MS);
  }
  return afterId;
}

/** When it was written; who delayed it need not be said (XEP-0203 §4). Where their server has said so it stands. */
function delayed(message: Element, atMs: number): Element {
  if (!message.getChild('delay', NS.delay)) {
    message.append(xml('delay', { xmlns: NS.delay, stamp: new Date(atMs).toISOString() }));
  }
  return message;
}
