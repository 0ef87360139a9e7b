import {
  type Account,
  type Accounts,
  type Asked,
  blockedBy,
  drop,
  survivingFlag,
  type Feature,
  get,
  hasBlocked,
  on,
  type Passage,
  refuse,
  type Refused,
  type Reply,
  rosterOf,
  type Session,
  set,
  showsPresenceTo,
} from '@interoffice/routing';
import {
  badRequest,
  copyOf,
  type Element,
  jidMalformed,
  notAcceptable,
  NS,
  policyViolation,
  serviceUnavailable,
  tryJid,
  xml,
} from '@interoffice/wire';
import { randomBytes } from 'node:crypto';
import { type BlockList, keptBlocks } from './block-list.js';
import { readReports, type Reports } from './report.js';

/** A device that has asked for the list hears of its changes. XEP-0191 §3.3 */
const isInterested = survivingFlag('blocking.interested');
const MOST_BLOCKED = 5000;

export interface BlockingParts {
  readonly reports: Pick<Reports, 'add'>;
  /** An account has blocked these, and that holds. */
  readonly blocked: (account: Account, jids: readonly string[]) => void;
}

/**
 * Blocking Command: an account decides whom it does not want to hear from, and may say why to its administrators.
 * XEP-0191, XEP-0377
 */
export function blocking(
  list: BlockList,
  accounts: Pick<Accounts, 'peek'>,
  { reports, blocked }: BlockingParts,
): Feature {
  return {
    name: 'blocking',
    implements: [
      { xep: 191, version: '1.3' },
      { xep: 377, version: '0.4.1' },
    ],
    advertises: { server: [NS.blocking, NS.reporting], account: [NS.blocking, NS.reporting] },
    answers: [
      get('account', NS.blocking, 'blocklist', ({ session, account }) => read(session, account)),
      set('account', NS.blocking, 'block', async (asked) => {
        const reply = (await report(asked, reports)) ?? (await block(asked, list, accounts));
        const jids = reply === undefined ? readItems(asked.child) : undefined;
        if (Array.isArray(jids)) blocked(asked.account, jids);
        return reply;
      }),
      set('account', NS.blocking, 'unblock', (asked) => unblock(asked, list, accounts)),
    ],
    hooks: [
      on('screen', { kind: 'message' }, toBlocked),
      on('screen', { kind: 'iq', type: ['get', 'set'] }, toBlocked),
      on('screen', { kind: 'presence' }, toBlocked),
      on('welcome', { kind: 'message' }, fromBlocked),
      on('welcome', { kind: 'iq' }, fromBlocked),
      on('welcome', { kind: 'presence' }, fromBlocked),
    ],
    keeps: keptBlocks,
  };
}

/** XEP-0191 §3.2, last paragraphs: whoever blocks somebody may not write to him either. */
function toBlocked(p: Passage): Refused | undefined {
  const { account } = p.session;
  if (account.get(blockedBy).size === 0 || p.target.account === account || !hasBlocked(account, p.target.jid))
    return undefined;
  const appCondition = { name: 'blocked', xmlns: NS.blockingErrors };
  const error = notAcceptable('You have blocked this address.', { type: 'cancel', appCondition });
  return refuse(error, 'the sender has blocked the receiver');
}

/** Messages and questions get the error of an address that is not there; presence gets nothing. XEP-0191 §3.2 */
function fromBlocked(p: Passage, to: Account): Refused | ReturnType<typeof drop> | undefined {
  if (to.get(blockedBy).size === 0 || p.session.account === to || !hasBlocked(to, p.session.jid)) return undefined;
  const because = 'the receiver has blocked the sender';
  return p.kind === 'presence' || p.type === 'headline' || p.type === 'error'
    ? drop(because)
    : refuse(serviceUnavailable(), because);
}

function read(session: Session, account: Account): Reply {
  session.put(isInterested, true);
  return xml('blocklist', { xmlns: NS.blocking }, ...[...account.get(blockedBy)].map((jid) => xml('item', { jid })));
}

/** Written before anybody is blocked: a report that was lost would be believed to be with the administrators. */
async function report({ account, child }: Asked, reports: BlockingParts['reports']): Promise<Refused | undefined> {
  const read = readReports(child, account.bare);
  return Array.isArray(read) ? reports.add(account, read) : read;
}

async function block({ account, child }: Asked, list: BlockList, accounts: Pick<Accounts, 'peek'>): Promise<Reply> {
  const jids = readItems(child);
  if (!Array.isArray(jids)) return jids;
  if (jids.length === 0) return refuse(badRequest('There is nobody in the request to block.'), 'empty block');
  return account.inOrder(async () => {
    const known = account.get(blockedBy);
    if (known.size + jids.length > MOST_BLOCKED) {
      return refuse(policyViolation(`A block list holds at most ${MOST_BLOCKED} addresses.`), 'the block list is full');
    }
    await list.add(account.id, jids);
    // XEP-0191 §3.2: to those who are blocked, the account looks unavailable from here on.
    for (const jid of jids) if (!known.has(jid)) disappear(account, jid, accounts);
    account.put(blockedBy, new Set([...known, ...jids]));
    push(account, child);
    return undefined;
  });
}

async function unblock({ account, child }: Asked, list: BlockList, accounts: Pick<Accounts, 'peek'>): Promise<Reply> {
  const named = readItems(child);
  if (!Array.isArray(named)) return named;
  return account.inOrder(async () => {
    const known = account.get(blockedBy);
    // XEP-0191 §3.5: no item means everybody.
    const jids = named.length === 0 ? [...known] : named;
    await list.remove(account.id, jids);
    account.put(blockedBy, new Set([...known].filter((jid) => !jids.includes(jid))));
    for (const jid of jids) if (known.has(jid)) reappear(account, jid, accounts);
    push(account, child);
    return undefined;
  });
}

function readItems(request: Element): string[] | Refused {
  const jids: string[] = [];
  for (const item of request.getChildren('item')) {
    const jid = tryJid(String(item.attrs['jid'] ?? ''));
    if (!jid) return refuse(jidMalformed('An item has no valid jid.'), 'malformed jid');
    jids.push(jid.toString());
  }
  return jids;
}

/** Tells devices that have asked for the list. XEP-0191 §3.3 */
export function push(account: Account, request: Element): void {
  for (const session of account.sessions.values()) {
    if (!session.get(isInterested)) continue;
    const id = randomBytes(16).toString('base64url');
    session.send(xml('iq', { xmlns: NS.client, type: 'set', id, to: session.jid.toString() }, copyOf(request)));
  }
}

function disappear(account: Account, blocked: string, accounts: Pick<Accounts, 'peek'>): void {
  eachViewer(account, blocked, accounts, (device, own) => {
    device.send(
      xml('presence', { xmlns: NS.client, type: 'unavailable', from: own.jid.toString(), to: device.account.bare }),
    );
  });
}

function reappear(account: Account, unblocked: string, accounts: Pick<Accounts, 'peek'>): void {
  eachViewer(account, unblocked, accounts, (device, own) =>
    device.deliver(own.presence!.bytes, 0, own.presence!.bytes.length),
  );
}

/** Every available device of those behind `address` who may see us, with every available device of ours. */
function eachViewer(
  account: Account,
  address: string,
  accounts: Pick<Accounts, 'peek'>,
  visit: (device: Session, own: Session) => void,
): void {
  for (const { jid } of account.get(rosterOf).contacts.values()) {
    if (jid.bare !== address && jid.domain !== address) continue;
    const viewer = accounts.peek(jid.bare);
    if (!viewer || !showsPresenceTo(account, jid.bare)) continue;
    for (const device of viewer.sessions.values()) {
      if (!device.presence) continue;
      for (const own of account.sessions.values()) if (own.presence) visit(device, own);
    }
  }
}
