import { errorReply, NS, serviceUnavailable, toTree, tryJid } from '@interoffice/wire';
import type { Account } from './accounts.js';
import type { Session } from './session.js';

/**
 * A device is gone for good: whoever waits for its answer is told so (RFC 6120 §8.2.3). Its messages need nothing: they
 * are in the journal, behind the account's mark.
 */
export function answerFor(session: Session, find: (bare: string) => Account | null | undefined): void {
  for (const bytes of leftovers(session)) {
    if (bytes.toString('latin1', 0, 3) !== '<iq') continue;
    const iq = toTree(bytes, 0, bytes.length, NS.client);
    const author = tryJid(String(iq.attrs['from'] ?? ''));
    if (!author || (iq.attrs['type'] !== 'get' && iq.attrs['type'] !== 'set')) continue;
    find(author.bare)
      ?.sessions.get(author.resource ?? '')
      ?.send(errorReply(iq, serviceUnavailable()));
  }
}

function* leftovers({ unacknowledged, behind }: Session): Iterable<Buffer> {
  for (const entry of unacknowledged?.entries() ?? []) if ('bytes' in entry) yield entry.bytes;
  yield* behind?.waiting.take() ?? [];
}
