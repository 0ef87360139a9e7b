import {
  type AccountNodes,
  type Asked,
  type Awaitable,
  type Feature,
  forNobodyToo,
  forOthers,
  get,
  hasBlocked,
  type Place,
  refuse,
  type Reply,
  showsPresenceTo,
} from '@interoffice/routing';
import { type DataPolicy, dataPolicyForm } from './data-policy.js';
import { type Element, itemNotFound, NS, serviceUnavailable, xml } from '@interoffice/wire';

export interface DiscoParts {
  /** All features of this server, this one included: asked when somebody asks. */
  readonly features: () => readonly Feature[];
  readonly serverName: string;
  /** Where to turn to, by role: XEP-0157 `admin-addresses`, `support-addresses` … */
  readonly contacts: Readonly<Record<string, readonly string[]>>;
  /** What is kept of what is said, and who may read it. */
  readonly dataPolicy: DataPolicy;
  /** What this server has beside accounts, such as a service of rooms. */
  readonly services: readonly { readonly jid: string; readonly name: string }[];
}

/** Service Discovery: what is advertised is what features say they do. XEP-0030, XEP-0128, XEP-0157, XEP-0504 */
export function disco(parts: DiscoParts): Feature {
  return {
    name: 'disco',
    implements: [
      { xep: 30, version: '2.5.0' },
      { xep: 128, version: '1.0.1' },
      { xep: 157, version: '1.1.1' },
      { xep: 504, version: '0.1.0' },
    ],
    advertises: { server: [NS.discoInfo, NS.discoItems], account: [NS.discoInfo, NS.discoItems] },
    answers: [
      forOthers(get('server', NS.discoInfo, 'query', (asked) => unlessNode(asked, () => serverInfo(parts)))),
      forOthers(get('server', NS.discoItems, 'query', (asked) => unlessNode(asked, () => serverItems(parts)))),
      forOthers(get('account', NS.discoInfo, 'query', (asked) => accountInfo(asked, parts))),
      forNobodyToo(get('account', NS.discoItems, 'query', (asked) => accountItems(asked, parts))),
    ],
  };
}

/** The server has no nodes of its own: a question for one gets item-not-found. XEP-0030 §7 */
function unlessNode({ child }: Asked, answer: () => Element): Reply {
  return nodeOf(child) === '' ? answer() : refuse(itemNotFound('There is no such node.'), 'unknown node');
}

function nodeOf(query: Element): string {
  return String(query.attrs['node'] ?? '');
}

function serverItems({ services }: DiscoParts): Element {
  return xml('query', { xmlns: NS.discoItems }, ...services.map((service) => xml('item', { ...service })));
}

function serverInfo(parts: DiscoParts): Element {
  return xml(
    'query',
    { xmlns: NS.discoInfo },
    xml('identity', { category: 'server', type: 'im', name: parts.serverName }),
    ...identities(parts, 'server'),
    ...advertised(parts, 'server'),
    ...contactForm(parts.contacts),
    dataPolicyForm(parts.dataPolicy),
  );
}

/** XEP-0030 §8: who may not see the account's presence is told what he would be told if there were no account. */
function accountInfo(asked: Asked, parts: DiscoParts): Awaitable<Reply> {
  const node = nodeOf(asked.child);
  if (node !== '') return nodeInfo(asked, node, parts);
  if (!maySee(asked)) return refuse(serviceUnavailable(), 'no subscription to the account');
  return xml(
    'query',
    { xmlns: NS.discoInfo },
    xml('identity', { category: 'account', type: 'registered' }),
    ...identities(parts, 'account'),
    ...advertised(parts, 'account'),
  );
}

async function nodeInfo(asked: Asked, node: string, parts: DiscoParts): Promise<Reply> {
  const found = await firstOf(asked, parts, (nodes) => nodes.info(asked, node));
  if (found) return xml('query', { xmlns: NS.discoInfo, node }, ...found);
  return maySee(asked)
    ? refuse(itemNotFound('There is no such node.'), 'unknown node')
    : refuse(serviceUnavailable(), 'no subscription to the account');
}

/** XEP-0030 §8: what there is for nobody to see is an empty list, as for an account that is not there. */
async function accountItems(asked: Asked, parts: DiscoParts): Promise<Reply> {
  const node = nodeOf(asked.child);
  if (node === '') return xml('query', { xmlns: NS.discoItems }, ...(await accountNodes(asked, parts)));
  const found = await firstOf(asked, parts, (nodes) => nodes.items(asked, node));
  if (found) return xml('query', { xmlns: NS.discoItems, node }, ...found);
  return maySee(asked)
    ? refuse(itemNotFound('There is no such node.'), 'unknown node')
    : xml('query', { xmlns: NS.discoItems });
}

async function accountNodes(asked: Asked, parts: DiscoParts): Promise<Element[]> {
  const found: Element[] = [];
  for (const nodes of nodesFor(asked, parts)) found.push(...(await nodes.nodes(asked)));
  return found;
}

async function firstOf(
  asked: Asked,
  parts: DiscoParts,
  ask: (nodes: AccountNodes) => Promise<readonly Element[] | undefined>,
): Promise<readonly Element[] | undefined> {
  for (const nodes of nodesFor(asked, parts)) {
    const found = await ask(nodes);
    if (found) return found;
  }
  return undefined;
}

/** Empty for somebody whom the account has blocked, and for an account that is not there. */
function nodesFor({ to, session }: Asked, { features }: DiscoParts): AccountNodes[] {
  if (!to.account || hasBlocked(to.account, session.jid)) return [];
  return features().flatMap(({ nodes }) => nodes ?? []);
}

function maySee({ account, session, to }: Asked): boolean {
  return (
    to.account !== undefined && showsPresenceTo(account, session.account.bare) && !hasBlocked(account, session.jid)
  );
}

function identities({ features }: DiscoParts, place: Place): Element[] {
  const all = features().flatMap((feature) => feature.identities?.[place] ?? []);
  return all.map((identity) => xml('identity', { ...identity }));
}

function advertised({ features }: DiscoParts, place: Place): Element[] {
  const names = new Set(features().flatMap((feature) => feature.advertises?.[place] ?? []));
  return [...names].toSorted().map((name) => xml('feature', { var: name }));
}

/** XEP-0157 in the form of XEP-0128 */
function contactForm(contacts: DiscoParts['contacts']): Element[] {
  const fields = Object.entries(contacts).filter(([, addresses]) => addresses.length > 0);
  if (fields.length === 0) return [];
  const field = (name: string, type: string, values: readonly string[]): Element =>
    xml('field', { var: name, type }, ...values.map((value) => xml('value', {}, value)));
  return [
    xml(
      'x',
      { xmlns: NS.dataForms, type: 'result' },
      field('FORM_TYPE', 'hidden', ['http://jabber.org/network/serverinfo']),
      ...fields.map(([name, addresses]) => field(name, 'list-multi', addresses)),
    ),
  ];
}
