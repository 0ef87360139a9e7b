import {
  type Asked,
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
import { type Element, itemNotFound, NS, serviceUnavailable, xml } from '@interoffice/wire';

export interface DiscoParts {
  /** All features of this server, this one included: asked when somebody asks. */
  readonly features: () => readonly Feature[];
  readonly serverName: string;
  /** Where to turn to, by role: XEP-0157 `admin-addresses`, `support-addresses` … */
  readonly contacts: Readonly<Record<string, readonly string[]>>;
}

/** Service Discovery: what is advertised is what features say they do. XEP-0030, XEP-0128, XEP-0157 */
export function disco(parts: DiscoParts): Feature {
  return {
    name: 'disco',
    implements: [
      { xep: 30, version: '2.5.0' },
      { xep: 128, version: '1.0.1' },
      { xep: 157, version: '1.1.1' },
    ],
    advertises: { server: [NS.discoInfo, NS.discoItems], account: [NS.discoInfo, NS.discoItems] },
    answers: [
      get('server', NS.discoInfo, 'query', (asked) => unlessNode(asked, () => serverInfo(parts))),
      get('server', NS.discoItems, 'query', (asked) => unlessNode(asked, () => xml('query', { xmlns: NS.discoItems }))),
      forOthers(get('account', NS.discoInfo, 'query', (asked) => accountInfo(asked, parts))),
      forNobodyToo(get('account', NS.discoItems, 'query', (asked) => accountItems(asked))),
    ],
  };
}

/** Nothing here has nodes of its own: a question for one gets item-not-found. XEP-0030 §7 */
function unlessNode({ child }: Asked, answer: () => Element): Reply {
  const node = child.attrs['node'] as string | undefined;
  return node === undefined || node === '' ? answer() : refuse(itemNotFound('There is no such node.'), 'unknown node');
}

function serverInfo(parts: DiscoParts): Element {
  return xml(
    'query',
    { xmlns: NS.discoInfo },
    xml('identity', { category: 'server', type: 'im', name: parts.serverName }),
    ...advertised(parts, 'server'),
    ...contactForm(parts.contacts),
  );
}

/** XEP-0030 §8: who may not see the account's presence is told what he would be told if there were no account. */
function accountInfo(asked: Asked, parts: DiscoParts): Reply {
  if (!maySee(asked)) return refuse(serviceUnavailable(), 'no subscription to the account');
  return unlessNode(asked, () =>
    xml(
      'query',
      { xmlns: NS.discoInfo },
      xml('identity', { category: 'account', type: 'registered' }),
      ...advertised(parts, 'account'),
    ),
  );
}

/** XEP-0030 §8: an account has no items to show; strangers get the same empty list as for an account that is not there. */
function accountItems(asked: Asked): Reply {
  return maySee(asked)
    ? unlessNode(asked, () => xml('query', { xmlns: NS.discoItems }))
    : xml('query', { xmlns: NS.discoItems });
}

function maySee({ account, session, to }: Asked): boolean {
  return (
    to.account !== undefined && showsPresenceTo(account, session.account.bare) && !hasBlocked(account, session.jid)
  );
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
