import {
  type Feature,
  type Form,
  on,
  type Passage,
  type Session,
  set,
  type StanzaType,
  survivingFlag,
} from '@interoffice/routing';
import { copyOf, delayElement, type Element, NS, serialize, xml } from '@interoffice/wire';
import { deservesCopy } from './deserves-copy.js';
import { ownCopy } from '../own-copy.js';

const wanted = survivingFlag('carbons.wanted');
const PRIVATE = [
  [NS.carbons, 'private'],
  [NS.hints, 'no-copy'],
] as const;
const COURTESIES = ['urn:xmpp:receipts', 'urn:xmpp:chat-markers:0', 'http://jabber.org/protocol/chatstates'];

/** Message Carbons: an account's devices see each other's conversations. XEP-0280 */
export function carbons(): Feature {
  return {
    name: 'carbons',
    implements: [{ xep: 280, version: '1.0.1' }],
    advertises: { server: [NS.carbons, NS.carbonsRules], account: [NS.carbons, NS.carbonsRules] },
    answers: [
      set('account', NS.carbons, 'enable', ({ session }) => want(session, true)),
      set('account', NS.carbons, 'disable', ({ session }) => want(session, false)),
    ],
    hooks: [on('copy', { kind: 'message', type: ['chat', 'normal'] }, (p) => copies(p))],
  };
}

function want(session: Session, isWanted: boolean): undefined {
  session.put(wanted, isWanted);
}

function copies(p: Passage): undefined {
  const author = p.session.account;
  const receiver = p.target.account;
  // Nearly all messages end here: nobody on either side has a second device.
  if (author.sessions.size < 2 && (!receiver || receiver.sessions.size < 2)) return;
  const sent = [...author.sessions.values()].filter((device) => device !== p.session && device.get(wanted));
  const received =
    receiver && receiver !== author
      ? [...receiver.sessions.values()].filter((device) => device.get(wanted) && !getsIt(p, device))
      : [];
  if (sent.length + received.length === 0 || !deservesCopy(look(p.tree(), p.type))) return;
  if (receiver !== author) for (const device of sent) send('sent', p, device);
  for (const device of received) send('received', p, device);
}

/** The copy for a device that was away when the message passed; undefined when it would not have got one. */
export function lateCopy(form: Form, message: Element, to: { session: Session; atMs: number }): Element | undefined {
  if (!to.session.get(wanted)) return undefined;
  const type = message.attrs['type'] === 'chat' ? 'chat' : 'normal';
  const isCopied = type === (message.attrs['type'] ?? 'normal') && deservesCopy(look(message, type));
  if (!isCopied) return undefined;
  return copyFor(form === 'sent copy' ? 'sent' : 'received', message, to);
}

/** A device that gets the message itself needs no copy. RFC 6121 §8.5.2.1.1, §8.5.3.1 */
function getsIt({ target }: Passage, device: Session): boolean {
  const named = target.jid.resource === undefined ? undefined : target.account!.sessions.get(target.jid.resource);
  return named ? named === device : device.isWilling;
}

function look(message: Element, type: StanzaType): Parameters<typeof deservesCopy>[0] {
  const children = message.getChildElements();
  const holds = (namespace: string, name?: string): boolean =>
    children.some((child) => child.getNS() === namespace && (name === undefined || child.getName() === name));
  return {
    type,
    hasBody: holds(NS.client, 'body'),
    isPrivate: PRIVATE.some(([namespace, name]) => holds(namespace, name)),
    isCourtesy: COURTESIES.some((namespace) => holds(namespace)),
  };
}

function send(direction: 'sent' | 'received', p: Passage, session: Session): void {
  const bytes = Buffer.from(serialize(copyFor(direction, p.tree(), { session })));
  const { idHigh, idLow } = p;
  if (!p.isRecorded) session.deliverFleeting(bytes, 0, bytes.length);
  else session.deliverRecorded({ bytes, start: 0, end: bytes.length, idHigh, idLow, form: `${direction} copy` });
}

/**
 * XEP-0280 §7 and §8: from the account itself, so that the client can tell it from a forgery (§11). `atMs` for a device
 * that was away when it was sent.
 */
function copyFor(direction: 'sent' | 'received', message: Element, to: { session: Session; atMs?: number }): Element {
  const { account, jid } = to.session;
  const shown = direction === 'sent' ? ownCopy(message, account.bare) : copyOf(message);
  const delay = to.atMs === undefined ? [] : [delayElement({ atMs: to.atMs })];
  const forwarded = xml('forwarded', { xmlns: NS.forward }, ...delay, shown);
  const type = String(message.attrs['type'] ?? 'normal');
  return xml(
    'message',
    { xmlns: NS.client, from: account.bare, to: jid.toString(), ...(type === 'normal' ? {} : { type }) },
    xml(direction, { xmlns: NS.carbons }, forwarded),
  );
}
