import { refuse, type Refused } from '@interoffice/routing';
import { notAcceptable, notAllowed } from '@interoffice/wire';
import type { Item } from '../personal-nodes.js';
import { isReadable } from '../readable.js';
import { MOST_ACCOUNT_BYTES, MOST_ITEM_BYTES, MOST_NODE_BYTES, MOST_NODES } from './limits.js';
import type { Standing } from './nodes.js';
import { pubsub } from './pubsub-error.js';

/** Why a node cannot be made; undefined when it can. */
export function cannotMake({ nodes }: Standing): Refused | undefined {
  if (nodes < MOST_NODES) return undefined;
  return refuse(notAllowed(`An account has at most ${MOST_NODES} nodes; delete one.`), 'too many nodes');
}

/** Why these items cannot be kept beside what is there; undefined when they can. XEP-0060 §7.1.3.5 */
export function cannotKeep({ nodeBytes, accountBytes }: Standing, items: readonly Item[]): Refused | undefined {
  const sizes = items.map(({ payload }) => Buffer.byteLength(payload));
  if (sizes.some((size) => size > MOST_ITEM_BYTES)) {
    const error = notAcceptable(`An item holds at most ${MOST_ITEM_BYTES} bytes.`, pubsub('payload-too-big'));
    return refuse(error, 'the item is too big');
  }
  if (!items.every(({ payload }) => isReadable(payload))) {
    return refuse(notAcceptable('A tag in the item is too long.', pubsub('invalid-payload')), 'a tag is too long');
  }
  const more = sizes.reduce((sum, size) => sum + size, 0);
  if (nodeBytes + more > MOST_NODE_BYTES) {
    const text = `The items of a node hold at most ${MOST_NODE_BYTES} bytes together; retract some.`;
    return refuse(notAllowed(text), 'the items of the node are too big together');
  }
  if (accountBytes + more > MOST_ACCOUNT_BYTES) {
    const text = `The items of an account hold at most ${MOST_ACCOUNT_BYTES} bytes together; retract some.`;
    return refuse(notAllowed(text), 'the items of the account are too big together');
  }
  return undefined;
}
