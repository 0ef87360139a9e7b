import { createHash } from 'node:crypto';
import type { DocumentFormat, ExportDocument } from '../document-writer.js';
import { type Header, headerText, mail } from '../mail.js';
import type { Act, ExportedMessage } from '../message.js';
import { partiesIn, spoken, titleOf, transcriptOf } from '../transcript.js';
import { zipOf } from '../zip.js';
import { dayHeaders } from './eml.js';

/** Fewer than the 10,000 beyond which its viewer is slow. */
const MOST_MESSAGES = 2_000;
const VERSION = '2.0.0';

/** A file of Relativity's short message format for each conversation and day: a mail with rsmf.zip. */
export const rsmf: DocumentFormat = {
  extension: 'rsmf',
  order: 'conversations',
  mostMessages: MOST_MESSAGES,
  render: (document) => {
    const manifest = Buffer.from(JSON.stringify(manifestOf(document)));
    const file = { name: 'rsmf.zip', content: zipOf('rsmf_manifest.json', manifest) };
    return mail([...dayHeaders(document), ...headersOf(document)], transcriptOf(document), file);
  },
};

function headersOf(document: ExportDocument): readonly Header[] {
  const { messages, conversation } = document;
  const names = [...partiesIn(document)].map(([address, name]) => name ?? address);
  return [
    ['X-RSMF-Version', VERSION],
    ['X-RSMF-Generator', 'Interoffice'],
    ['X-RSMF-Application', 'Interoffice'],
    ['X-RSMF-BeginDate', messages[0]!.at],
    ['X-RSMF-EndDate', messages.at(-1)!.at],
    ['X-RSMF-EventCount', String(messages.length)],
    ['X-RSMF-AttachmentCount', '0'],
    ['X-RSMF-Participants', headerText(names.join(', '))],
    ['X-RSMF-EventCollectionID', collectionOf(conversation)],
  ];
}

/** The same for all days of a conversation. */
function collectionOf(conversation: string): string {
  return createHash('sha256').update(conversation).digest('hex').slice(0, 32);
}

function manifestOf(document: ExportDocument): object {
  const { conversation, messages } = document;
  const isRoom = !conversation.includes(' ');
  const people = [...partiesIn(document)].filter(([address]) => address !== conversation);
  const present = new Set(people.map(([address]) => address));
  const events = new Map<string, RsmfEvent>();
  for (const message of messages) addEvent(events, message);
  return {
    version: VERSION,
    participants: people.map(([id, name]) => ({ id, display: name ?? id, account_id: id })),
    conversations: [
      {
        id: conversation,
        display: titleOf(document),
        platform: 'xmpp',
        type: isRoom ? 'channel' : 'direct',
        participants: [...present],
      },
    ],
    events: [...events.values()],
    eventcollectionid: collectionOf(conversation),
  };
}

interface RsmfEvent {
  readonly id: string;
  readonly type: 'message' | 'join' | 'leave' | 'unknown';
  readonly body: string;
  readonly participant: string;
  readonly conversation: string;
  readonly timestamp: string;
  readonly parent?: string;
  deleted?: boolean;
  reactions?: { value: string; count: number; participants: string[] }[];
  edits?: { participant: string; timestamp: string; previous: string; new: string }[];
  readonly custom?: readonly { name: string; value: string }[];
}

const TYPES: Readonly<Partial<Record<Act, RsmfEvent['type']>>> = {
  message: 'message',
  correction: 'message',
  subject: 'message',
  joined: 'join',
  left: 'leave',
};

/** Each row is an event; what it does to another one in the same file is told there as well. */
function addEvent(events: Map<string, RsmfEvent>, message: ExportedMessage): void {
  const { body } = spoken(message);
  const changed = message.about === undefined ? undefined : events.get(message.about);
  if (changed) change(changed, message);
  const custom = customOf(message);
  events.set(message.id, {
    id: message.id,
    type: TYPES[message.act] ?? 'unknown',
    body,
    participant: message.from,
    conversation: message.conversation,
    timestamp: message.at,
    ...(changed && { parent: changed.id }),
    ...(custom.length > 0 && { custom }),
  });
}

function change(original: RsmfEvent, { act, from, at, body, reactions }: ExportedMessage): void {
  if (act === 'retraction' || act === 'moderation') original.deleted = true;
  if (act === 'reaction') {
    const added = (reactions ?? []).map((value) => ({ value, count: 1, participants: [from] }));
    original.reactions = [...(original.reactions ?? []), ...added];
  }
  if (act !== 'correction') return;
  const previous = original.edits?.at(-1)?.new ?? original.body;
  original.edits = [...(original.edits ?? []), { participant: from, timestamp: at, previous, new: body ?? '' }];
}

/** What the format has no place for. */
function customOf(message: ExportedMessage): { name: string; value: string }[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['act', message.act === 'message' ? undefined : message.act],
    ['about', message.about],
    ['device', message.fromDevice],
    ['nick', message.nick],
    ['peer', message.peer],
  ];
  const known = facts.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  return [...known, ...spoken(message).notes.map((value) => ({ name: 'note', value }))];
}
