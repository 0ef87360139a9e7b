import {
  type Account,
  type Asked,
  type Feature,
  get,
  refuse,
  type Refused,
  type Reply,
  rosterOf,
  set,
} from '@interoffice/routing';
import {
  badRequest,
  type Element,
  itemNotFound,
  type Jid,
  notAcceptable,
  notAllowed,
  NS,
  tryJid,
  xml,
} from '@interoffice/wire';
import { type Book, isGiven, isInterested, itemOf, keptContacts, shown } from './book.js';
import type { Subscriptions } from './subscriptions.js';

const MOST_NAME = 1023;
const MOST_GROUPS = 64;
const MOST_CONTACTS = 10_000;

const VERSIONED = xml('ver', { xmlns: NS.rosterVersioning });

interface Wanted {
  readonly jid: Jid;
  readonly remove: boolean;
  readonly name: string | undefined;
  readonly groups: readonly string[];
}

/** Contact lists, with versions. RFC 6121 §2 */
export function roster(book: Book, subscriptions: Subscriptions): Feature {
  return {
    name: 'roster',
    implements: [{ rfc: 6121, section: '2' }],
    negotiates: [
      {
        name: 'roster-versioning',
        needs: ['authenticated'],
        forbids: ['bound'],
        offer: () => VERSIONED,
      },
    ],
    answers: [
      get('account', NS.roster, 'query', (asked) => read(asked, book)),
      set('account', NS.roster, 'query', (asked) => write(asked, book, subscriptions)),
    ],
    keeps: keptContacts,
  };
}

/** RFC 6121 §2.1.3 and §2.6.2: everything, or an empty result and the changes since the client's version as pushes. */
function read({ session, account, child }: Asked, book: Book): Reply {
  session.put(isInterested, true);
  const known = child.attrs['ver'] as string | undefined;
  const { version } = account.get(rosterOf);
  const since = known === undefined || !/^\d{1,15}$/.test(known) ? undefined : Number(known);
  if (since !== undefined && since <= version) {
    // Behind the result, however many answers of this device are queued before it.
    setImmediate(() => book.catchUp(session, since));
    return undefined;
  }
  return xml('query', { xmlns: NS.roster, ver: String(version) }, ...shown(account).map(itemOf));
}

async function write({ account, child }: Asked, book: Book, subscriptions: Subscriptions): Promise<Reply> {
  const wanted = readItem(child, account.jid);
  if ('verdict' in wanted) return wanted;
  return wanted.remove ? remove(account, wanted.jid, { book, subscriptions }) : put(account, wanted, book);
}

async function remove(account: Account, jid: Jid, parts: { book: Book; subscriptions: Subscriptions }): Promise<Reply> {
  const former = await account.inOrder(async () => {
    if (isGiven(account, jid)) return 'given' as const;
    const contact = shown(account).find((entry) => entry.jid.bare === jid.bare);
    if (contact) await parts.book.remove(account, jid);
    return contact;
  });
  if (former === 'given') {
    return refuse(notAllowed('The company directory keeps this contact in your list.'), 'given by the directory');
  }
  if (!former) return refuse(itemNotFound('That address is not in the roster.'), 'not in the roster');
  // Outside the account's own queue: the other side may be removing us at this moment.
  await parts.subscriptions.endBoth(account, former);
  return undefined;
}

function put(account: Account, { jid, name, groups }: Wanted, book: Book): Promise<Reply> {
  return account.inOrder(async () => {
    const { contacts } = account.get(rosterOf);
    if (!contacts.has(jid.bare) && contacts.size >= MOST_CONTACTS) {
      return refuse(notAllowed(`A roster holds at most ${MOST_CONTACTS} contacts.`), 'the roster is full');
    }
    await book.change(account, { ...book.find(account, jid), name, groups });
    return undefined;
  });
}

/** RFC 6121 §2.3.3 */
function readItem(query: Element, own: Jid): Wanted | Refused {
  const bad = (text: string): Refused => refuse(badRequest(text), 'malformed roster set');
  const items = query.getChildElements();
  const [item] = items;
  if (items.length !== 1 || !item?.is('item', NS.roster)) return bad('A roster set holds exactly one item.');
  const jid = tryJid(String(item.attrs['jid'] ?? ''));
  if (!jid) return bad('The item has no valid jid.');
  if (!jid.isBare) return bad('A contact is an address without a resource.');
  if (jid.bare === own.bare) return refuse(notAllowed('Nobody is his own contact.'), 'own address');
  const remove = item.attrs['subscription'] === 'remove';
  const name = item.attrs['name'] === undefined ? undefined : String(item.attrs['name']);
  if (name !== undefined && name.length > MOST_NAME)
    return refuse(notAcceptable('The name is too long.'), 'name too long');
  const groups = item.getChildren('group').map((group) => group.getText());
  if (new Set(groups).size !== groups.length) return bad('A group is named twice.');
  const unfit = groups.length > MOST_GROUPS || groups.some((group) => group === '' || group.length > MOST_NAME);
  if (unfit) return refuse(notAcceptable('A group has no name, or there are too many.'), 'unfit groups');
  return { jid, remove, name: name === '' ? undefined : name, groups };
}
