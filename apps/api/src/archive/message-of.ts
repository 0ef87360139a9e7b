import type { ArchivedMessage, MessageChange, MessageThen, MessageVersion, PresentPerson } from '@interoffice/contract';
import { type Element, NS, parseXml, tryJid } from '@interoffice/wire';
import type { RecordedMessage, RecordedPresence, RecordedThen } from '../ports.js';

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

const STATES: Readonly<Record<MessageChange, MessageThen['state']>> = {
  original: 'as-said',
  correction: 'corrected',
  retraction: 'retracted',
  moderation: 'moderated',
  // What it said is gone; that it was changed is known.
  disposed: 'corrected',
};

/** A message as everybody saw it: by the latest change that had been made of it. */
export function thenOf({ message, changes, name }: RecordedThen): MessageThen {
  const latest = changes.at(-1);
  if (!latest) return { ...messageOf(message), name, state: 'as-said' };
  const state = STATES[changeIn(latest).change];
  const body = state === 'corrected' ? latest.body : message.body;
  return { ...messageOf(message), body, name, state };
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
