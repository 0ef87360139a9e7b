import { facet, type Feature, on, type Passage, type Session, set } from '@interoffice/routing';
import { copyOf, type Element, NS, serialize, xml } from '@interoffice/wire';
import { deservesCopy } from './deserves-copy.js';
import { ownCopy } from '../own-copy.js';

const wanted = facet('carbons.wanted', false);
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
  if (sent.length + received.length === 0 || !deservesCopy(look(p))) return;
  if (receiver !== author) for (const device of sent) send('sent', ownCopy(p.tree(), author.bare), device);
  for (const device of received) send('received', p.tree(), device);
}

/** A device that gets the message itself needs no copy. RFC 6121 §8.5.2.1.1, §8.5.3.1 */
function getsIt({ target }: Passage, device: Session): boolean {
  const named = target.jid.resource === undefined ? undefined : target.account!.sessions.get(target.jid.resource);
  return named ? named === device : device.isWilling;
}

function look(p: Passage): Parameters<typeof deservesCopy>[0] {
  const children = p.tree().getChildElements();
  const holds = (namespace: string, name?: string): boolean =>
    children.some((child) => child.getNS() === namespace && (name === undefined || child.getName() === name));
  return {
    type: p.type,
    hasBody: holds(NS.client, 'body'),
    isPrivate: PRIVATE.some(([namespace, name]) => holds(namespace, name)),
    isCourtesy: COURTESIES.some((namespace) => holds(namespace)),
  };
}

/** XEP-0280 §7 and §8: from the account itself, so that the client can tell it from a forgery (§11). */
function send(direction: 'sent' | 'received', message: Element, to: Session): void {
  const forwarded = xml('forwarded', { xmlns: NS.forward }, copyOf(message));
  const { account } = to;
  const type = String(message.attrs['type'] ?? 'normal');
  const carbon = xml(
    'message',
    { xmlns: NS.client, from: account.bare, to: to.jid.toString(), ...(type === 'normal' ? {} : { type }) },
    xml(direction, { xmlns: NS.carbons }, forwarded),
  );
  const bytes = Buffer.from(serialize(carbon));
  to.deliver(bytes, 0, bytes.length);
}
