import type { Private } from './converse.js';

const DIRECT = 'jabber:x:conference';
const MUC_USER = 'http://jabber.org/protocol/muc#user';
/** Invitations of a page that are remembered: one may come twice, as late and from the archive. */
const MOST_KNOWN = 100;

/**
 * COMPAT(converse.js, 14.0.0): it takes an invitation in a message of the archive for a new one, whenever it sees it, and
 * knows none that comes by way of a room (XEP-0045 §7.8.2). Here one counts when it is delivered: now, or late, which is
 * what the function returned is for.
 */
export function askOnce({ api, exports }: Private, seen: (stanza: Element) => void): (stanza: Element) => void {
  const ask = exports.onDirectMUCInvitation;
  if (typeof ask !== 'function') throw new Error('Converse has no onDirectMUCInvitation: has its release changed?');
  const known = new Set<string>();
  const take = async (stanza: Element): Promise<void> => {
    const invitation = childOf(stanza, DIRECT) ? stanza : directly(stanza);
    if (!invitation) return;
    seen(stanza);
    const key = `${stanza.getAttribute('from')} ${stanza.getAttribute('id')}`;
    if (known.has(key)) return;
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value!);
    known.add(key);
    await ask(invitation);
  };
  exports.onDirectMUCInvitation = take;
  const listenToRooms = (): void =>
    api.connection.get().addHandler(
      (stanza) => {
        // Otherwise it comes the other way as well.
        if (!childOf(stanza, DIRECT)) take(stanza).catch(reportError);
        return true;
      },
      MUC_USER,
      'message',
    );
  for (const event of ['connected', 'reconnected']) api.listen.on(event, listenToRooms);
  return (stanza) => void take(stanza).catch(reportError);
}

/** What a room has passed on, as if it had been sent by who wanted it; undefined: it is no invitation. */
function directly(stanza: Element): Element | undefined {
  const passedOn = childOf(stanza, MUC_USER);
  const invite = [...(passedOn?.children ?? [])].find(({ localName }) => localName === 'invite');
  if (!passedOn || !invite) return undefined;
  const room = stanza.getAttribute('from') ?? '';
  const [bare, nick] = (invite.getAttribute('from') ?? '').split('/', 2);
  const copy = stanza.cloneNode(true) as Element;
  const x = copy.ownerDocument.createElementNS(DIRECT, 'x');
  // It is looked for by the attribute, not by the namespace.
  x.setAttribute('xmlns', DIRECT);
  x.setAttribute('jid', room);
  for (const element of [...invite.children, ...passedOn.children]) {
    if (element.localName === 'reason' || element.localName === 'password') {
      x.setAttribute(element.localName, element.textContent ?? '');
    }
  }
  copy.setAttribute('from', (bare === room && nick) || bare || room);
  copy.append(x);
  return copy;
}

function childOf(stanza: Element, namespace: string): Element | undefined {
  return [...stanza.children].find(({ namespaceURI }) => namespaceURI === namespace);
}
