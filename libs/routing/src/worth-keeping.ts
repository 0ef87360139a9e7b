import type { Scanner } from '@interoffice/wire';
import { innerEnd, innerStart, isSame } from './child-parts.js';
import type { Passage } from './passage.js';

const CHAT_STATES = Buffer.from('http://jabber.org/protocol/chatstates');
const HINTS = Buffer.from('urn:xmpp:hints');
const THREAD = Buffer.from('thread');
/** An identifier and nothing else: RFC 6121 §5.2.5 suggests a UUID. */
const LONGEST_THREAD = 64;
/** Room for ` xmlns=''/` and some white space: nothing else can stand in the tag. */
const TAG_SLACK = 12;

/**
 * Must the message be recorded? Not if it is an error, or nothing but a chat state (XEP-0085): such are delivered and not
 * kept. A chat state in which more could be hidden is kept; hints (XEP-0334) change nothing. Decision 0009
 */
export function isWorthKeeping(p: Passage): boolean {
  if (p.type === 'error') return false;
  return p.bodyStart >= 0 || !isOnlyChatState(p);
}

/** XEP-0085 §5.1: a message that holds a chat state and at most a thread. */
function isOnlyChatState({ scan, bytes }: Passage): boolean {
  let states = 0;
  for (let i = 0; i < scan.children; i++) {
    if (scan.childNsStart(i) < 0) {
      if (!isThread(bytes, scan, i)) return false;
    } else if (isEmptyOf(CHAT_STATES, bytes, scan, i)) states++;
    else if (!isEmptyOf(HINTS, bytes, scan, i)) return false;
  }
  return states > 0;
}

function isThread(bytes: Buffer, scan: Scanner, i: number): boolean {
  if (!isSame(THREAD, bytes, scan.childNameStart(i), scan.childNameEnd(i))) return false;
  const hasNoAttributes = scan.childTagEnd(i) - scan.childNameEnd(i) <= 1;
  return hasNoAttributes && innerEnd(scan, i) - innerStart(scan, i) <= LONGEST_THREAD;
}

/** An element of this namespace without content and without attributes. */
function isEmptyOf(namespace: Buffer, bytes: Buffer, scan: Scanner, i: number): boolean {
  if (!isSame(namespace, bytes, scan.childNsStart(i), scan.childNsEnd(i))) return false;
  const tagBytes = scan.childTagEnd(i) - scan.childNameEnd(i);
  return innerEnd(scan, i) === innerStart(scan, i) && tagBytes <= namespace.length + TAG_SLACK;
}
