import { refuse, type Refused, type Reply } from '@interoffice/routing';
import {
  badRequest,
  copyOf,
  type Element,
  featureNotImplemented,
  formIn,
  itemNotFound,
  NS,
  serialize,
  serviceUnavailable,
  xml,
} from '@interoffice/wire';
import { randomBytes } from 'node:crypto';
import type { Item } from '../personal-nodes.js';
import type { Eventing } from './eventing.js';
import { MOST_NAME_BYTES } from './limits.js';
import { pubsub } from './pubsub-error.js';
import type { Reading } from './reading.js';
import type { Request } from './requests.js';

/** XEP-0060 §7.1; the id is told also when the publisher has chosen it. */
export async function publish({ account, action, pubsub: whole, node }: Request, eventing: Eventing): Promise<Reply> {
  const item = readItem(action);
  if ('verdict' in item) return item;
  const given = whole.getChild('publish-options', NS.pubsub);
  const options = given && formIn(given, NS.pubsubOptions);
  if (given && !options) {
    return refuse(badRequest('The options are no form of publish-options.'), 'malformed publish-options');
  }
  const refused = await eventing.publish(account, node, { item, options });
  return refused ?? answer(xml('publish', { node }, xml('item', { id: item.id })));
}

/** XEP-0060 §7.2 */
export async function retract({ account, action, node }: Request, eventing: Eventing): Promise<Reply> {
  const items = action.getChildren('item', NS.pubsub);
  const id = String(items[0]?.attrs['id'] ?? '');
  if (items.length !== 1 || id === '') {
    return refuse(badRequest('Name exactly one item to retract.', pubsub('item-required')), 'no item named');
  }
  return eventing.retract(account, node, { id, notify: /^(true|1)$/.test(String(action.attrs['notify'] ?? '')) });
}

/** XEP-0060 §6.5 */
export async function items({ account, asker, action, node }: Request, reading: Reading): Promise<Reply> {
  const seen = await reading.find(account, node, asker);
  if (!seen) return asker.isSubscribed ? notThere() : refuse(serviceUnavailable(), 'no subscription to the account');
  if (!seen.config.persistItems) return keepsNothing();
  const ids = action.getChildren('item', NS.pubsub).map((item) => String(item.attrs['id'] ?? ''));
  const max = action.attrs['max_items'] === undefined ? undefined : String(action.attrs['max_items']);
  if (max !== undefined && !/^[0-9]{1,9}$/.test(max)) {
    return refuse(badRequest('max_items is not a number.'), 'malformed max_items');
  }
  const found = await reading.items(account, node, { ids, max: max === undefined ? undefined : Number(max) });
  return answer(xml('items', { node }, ...found.map(({ id, payload }) => xml('item', { id }, payload))));
}

/** XEP-0060 §5.7: an account owns all its nodes, and nobody else has a part in them. */
export async function affiliations({ account, asker, node }: Request, reading: Reading): Promise<Reply> {
  const nodes = (await reading.list(account, asker)).filter(({ name }) => node === '' || name === node);
  const owned = nodes.map(({ name }) => xml('affiliation', { node: name, affiliation: 'owner' }));
  return answer(xml('affiliations', node === '' ? {} : { node }, ...owned));
}

export function notThere(): Refused {
  return refuse(itemNotFound('There is no such node.'), 'unknown node');
}

export function keepsNothing(): Refused {
  const specific = pubsub('unsupported', { feature: 'persistent-items' });
  return refuse(featureNotImplemented('The node keeps no items.', specific), 'the node keeps nothing');
}

function answer(child: Element): Element {
  return xml('pubsub', { xmlns: NS.pubsub }, child);
}

/** XEP-0060 §7.1.1, §7.1.3.6, §7.1.3.7 */
function readItem(request: Element): Item | Refused {
  const given = request.getChildren('item', NS.pubsub);
  const [item] = given;
  if (!item || given.length > 1) {
    return refuse(badRequest('Publish exactly one item.', pubsub('item-required')), 'not exactly one item');
  }
  const [payload, ...more] = item.getChildElements();
  if (!payload) return refuse(badRequest('The item is empty.', pubsub('payload-required')), 'no payload');
  if (more.length > 0) {
    return refuse(badRequest('An item holds one element.', pubsub('invalid-payload')), 'more than one payload');
  }
  const id = String(item.attrs['id'] ?? '') || randomBytes(16).toString('base64url');
  if (Buffer.byteLength(id) > MOST_NAME_BYTES) {
    return refuse(badRequest(`The id of an item has at most ${MOST_NAME_BYTES} bytes.`), 'the id is too long');
  }
  return { id, payload: withNamespace(payload) };
}

/** As text that means the same wherever it is put. */
function withNamespace(payload: Element): string {
  const copy = copyOf(payload);
  copy.attrs['xmlns'] = payload.getNS();
  return serialize(copy);
}
