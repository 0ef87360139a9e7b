import type { ArchivedMessage, MessageChange, MessageVersion, PresentPerson } from '@interoffice/contract';
import { type Element, NS, parseXml, tryJid } from '@interoffice/wire';
import type { RecordedMessage, RecordedPresence } from '../ports.js';

/** A row of the journal as the API tells it; its XML is added where one message is asked for. */
export function messageOf(message: RecordedMessage): ArchivedMessage {
  const { atMs, stanza: _xml, matches, ...rest } = message;
  const marked =
    matches === undefined ? {} : { matches: matches.map(([start, end]): [number, number] => [start, end]) };
  return { ...rest, at: new Date(atMs).toISOString(), ...marked };
}

/** A version of a message, with what it did to the original. XEP-0308, XEP-0424, XEP-0425 */
export function versionOf(message: RecordedMessage): MessageVersion {
  return { ...messageOf(message), ...changeIn(message) };
}

function changeIn({ about, stanza }: RecordedMessage): { change: MessageChange; reason?: string } {
  if (about === undefined) return { change: 'original' };
  if (stanza === undefined) return { change: 'disposed' };
  const retract = elementOf(stanza).getChild('retract', NS.retract);
  if (!retract) return { change: 'correction' };
  const reason = retract.getChildText('reason') ?? undefined;
  const change = retract.getChild('moderated', NS.moderate) ? 'moderation' : 'retraction';
  return reason === undefined ? { change } : { change, reason };
}

/** Somebody who was in a room; the nick is in the address of the presence. */
export function personOf({ sinceMs, stanza, ...rest }: RecordedPresence): PresentPerson {
  const nick = stanza === undefined ? undefined : tryJid(String(elementOf(stanza).attrs['to']))?.resource;
  return { ...rest, nick, since: new Date(sinceMs).toISOString() };
}

function elementOf(stanza: string): Element {
  return parseXml(stanza, NS.client);
}
