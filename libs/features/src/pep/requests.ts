import { type Account, type Asked, type Awaitable, refuse, type Refused, type Reply } from '@interoffice/routing';
import { badRequest, type Element, featureNotImplemented, forbidden, NS, serviceUnavailable } from '@interoffice/wire';
import { type Asker, askerOf } from './access.js';
import { MOST_NAME_BYTES } from './limits.js';
import { pubsub } from './pubsub-error.js';

/** One request: the first child of `<pubsub/>` says what is wanted, the others how. */
export interface Request {
  readonly account: Account;
  readonly asker: Asker;
  readonly action: Element;
  readonly pubsub: Element;
  /** The node it names; '' for none. */
  readonly node: string;
}

/** What is done at a request. `others`: not only the account itself may ask for it. */
export interface Action {
  readonly others?: true;
  /** It may leave out the node. */
  readonly anyNode?: true;
  readonly run: (request: Request) => Awaitable<Reply>;
}

/** What we do not do, by the feature that would say we did. XEP-0060 §10 */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  subscribe: 'subscribe',
  unsubscribe: 'subscribe',
  options: 'subscription-options',
  default: 'retrieve-default-sub',
  subscriptions: 'retrieve-subscriptions',
};

/** Finds what is asked for. XEP-0060 §5 to §8; who may not is told no more than he knows. */
export function request(asked: Asked, actions: Readonly<Record<string, Action>>): Awaitable<Reply> {
  const [action] = asked.child.getChildElements();
  if (!action) return refuse(badRequest('The request does not say what is wanted.'), 'empty pubsub request');
  const name = action.getName();
  const account = asked.to.account!;
  const asker = askerOf(account, asked.session.account.bare);
  const found = Object.hasOwn(actions, name) && action.getNS() === asked.child.getNS() ? actions[name]! : undefined;
  if (!asker.isOwner && !found?.others) return notYours(asker);
  if (!found) return unsupported(asked.child.getNS() === NS.pubsub ? (UNSUPPORTED[name] ?? name) : name);
  const node = String(action.attrs['node'] ?? '');
  if (node === '' && !found.anyNode) {
    return refuse(badRequest('The request names no node.', pubsub('nodeid-required')), 'no node named');
  }
  if (Buffer.byteLength(node) > MOST_NAME_BYTES) {
    return refuse(badRequest(`The name of a node has at most ${MOST_NAME_BYTES} bytes.`), 'the name is too long');
  }
  return found.run({ account, asker, action, pubsub: asked.child, node });
}

/** To somebody who may not even see the account, it is as if it were not there. RFC 6121 §8.5.1 */
export function notYours({ isSubscribed }: Asker): Refused {
  return isSubscribed
    ? refuse(forbidden('Only the account itself may do this.'), 'not the owner')
    : refuse(serviceUnavailable(), 'no subscription to the account');
}

function unsupported(feature: string): Refused {
  const error = featureNotImplemented('This service does not do that.', pubsub('unsupported', { feature }));
  return refuse(error, 'unsupported pubsub request');
}
