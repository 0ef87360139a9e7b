import { errorReply, type Element, NS, StanzaError, type StanzaErrorCondition, xml } from '@interoffice/wire';
import type { Session } from '@interoffice/routing';

/** An error of a room, with the type XEP-0045's tables give it. */
export function denied(condition: StanzaErrorCondition, text: string): StanzaError {
  return new StanzaError(condition, { text });
}

/** Answers a presence or message with an error that comes from the address it went to. */
export function answerWith(session: Session, stanza: Element, error: StanzaError): void {
  if (stanza.attrs['type'] === 'error') return;
  const answer = errorReply(stanza, error);
  // As in the examples of XEP-0045 §7.2: by this some clients tell that it was their coming in that was refused.
  if (stanza.getChild('x', NS.muc)) answer.cnode(xml('x', { xmlns: NS.muc }));
  answer.attrs['to'] = session.jid.toString();
  session.send(answer);
}
