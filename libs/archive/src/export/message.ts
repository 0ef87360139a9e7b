import type { Element } from '@interoffice/wire';
import { VERDICTS } from '../recordable.js';
import type { Background } from './background.js';
import { conversationOf, type ExportRecord, timeOfRecord } from './record.js';
import { type Attachment, attachmentsIn, treeOf } from './stanza.js';

const RETRACT = 'urn:xmpp:message-retract:1';
const MODERATE = 'urn:xmpp:message-moderate:1';
const REACTIONS = 'urn:xmpp:reactions:0';
const REPLY = 'urn:xmpp:reply:0';
const EME = 'urn:xmpp:eme:0';

/** What a row did. */
export type Act =
  | 'message'
  | 'correction'
  | 'retraction'
  | 'moderation'
  | 'reaction'
  | 'subject'
  | 'joined'
  | 'left'
  | 'error';

/** A row as people read it; absent is what does not apply. The same in every format. */
export interface ExportedMessage {
  readonly id: string;
  /** ISO 8601 in UTC, with microseconds. */
  readonly at: string;
  readonly conversation: string;
  readonly act: Act;
  readonly verdict: 'passed' | 'refused' | 'dropped';
  /** Why it was refused, where rules decided. */
  readonly refusedBecause?: string;
  readonly decisionId?: string;
  readonly from: string;
  /** As they were called then. */
  readonly fromName?: string;
  readonly fromDevice?: string;
  readonly fromOffice?: string;
  readonly to: string;
  readonly toName?: string;
  readonly toDevice?: string;
  readonly toOffice?: string;
  readonly room?: string;
  readonly nick?: string;
  readonly peer?: string;
  readonly gateway?: string;
  /** The row it corrects, retracts or moderates. */
  readonly about?: string;
  readonly changeReason?: string;
  /** Who had it taken away, where the row does not say so by its author. */
  readonly moderator?: string;
  readonly subject?: string;
  readonly body?: string;
  /** The id its author's device gave the message this one answers. XEP-0461 */
  readonly replyTo?: string;
  readonly stanzaId?: string;
  readonly thread?: string;
  readonly reactions?: readonly string[];
  readonly attachments?: readonly Attachment[];
  readonly isEncrypted?: true;
  /** Its content was removed when its retention ended, or is damaged. */
  readonly isGone?: true;
  readonly policyVersion: number;
}

export function messageOf(record: ExportRecord, background: Background): ExportedMessage {
  const tree = record.stanza === undefined ? undefined : treeOf(record.stanza);
  const at = timeOfRecord(record);
  const because = record.decision_id === null ? undefined : background.reasonOf(record.decision_id);
  return present({
    id: record.id,
    at,
    conversation: conversationOf(record),
    act: actOf(record, tree),
    verdict: VERDICTS[record.verdict] ?? 'dropped',
    refusedBecause: because,
    decisionId: record.decision_id ?? undefined,
    from: record.author,
    fromName: background.nameOf(record.author_id, at),
    fromDevice: record.author_device,
    fromOffice: record.author_office,
    to: record.receiver,
    toName: background.nameOf(record.receiver_id, at),
    toDevice: record.receiver_device,
    toOffice: record.receiver_office,
    room: record.room ?? undefined,
    nick: nickIn(record, tree),
    peer: record.peer ?? undefined,
    gateway: record.gateway ?? undefined,
    about: record.about ?? undefined,
    ...(tree ? contentOf(tree) : { isGone: true as const }),
    body: record.body ?? undefined,
    stanzaId: record.stanza_id ?? undefined,
    thread: record.thread ?? undefined,
    policyVersion: record.policy_version,
  });
}

function contentOf(tree: Element): Partial<ExportedMessage> {
  const retract = tree.getChild('retract', RETRACT);
  const moderated = retract?.getChild('moderated', MODERATE);
  const reactions = tree.getChild('reactions', REACTIONS)?.getChildren('reaction');
  const attachments = attachmentsIn(tree);
  return {
    changeReason: retract?.getChildText('reason') ?? undefined,
    moderator: attribute(moderated ?? undefined, 'by'),
    subject: tree.getChildText('subject') ?? undefined,
    replyTo: attribute(tree.getChild('reply', REPLY) ?? undefined, 'id'),
    reactions: reactions?.map((reaction) => reaction.getText()),
    attachments: attachments.length === 0 ? undefined : attachments,
    isEncrypted: tree.getChild('encryption', EME) ? true : undefined,
  };
}

function actOf({ kind, about }: ExportRecord, tree: Element | undefined): Act {
  if (kind === 5) return 'joined';
  if (kind === 6) return 'left';
  if (kind === 4) return 'error';
  const retract = tree?.getChild('retract', RETRACT);
  if (retract) return retract.getChild('moderated', MODERATE) ? 'moderation' : 'retraction';
  if (tree?.getChild('reactions', REACTIONS)) return 'reaction';
  if (about !== null) return 'correction';
  return tree?.getChild('subject') && !tree.getChild('body') ? 'subject' : 'message';
}

/** In a room: the name after the slash of the address the room's people see. */
function nickIn({ kind, room, receiver_id: receiverId }: ExportRecord, tree: Element | undefined): string | undefined {
  if (receiverId >= 0 && room === null) return undefined;
  const seen = attribute(tree, kind >= 5 ? 'to' : 'from') ?? '';
  const slash = seen.indexOf('/');
  return slash < 0 ? undefined : seen.slice(slash + 1);
}

function attribute(element: Element | undefined, name: string): string | undefined {
  const value: unknown = element?.attrs[name];
  return typeof value === 'string' ? value : undefined;
}

/** Without what is undefined or empty. */
function present(message: { [Key in keyof ExportedMessage]: ExportedMessage[Key] | undefined }): ExportedMessage {
  const entries = Object.entries(message).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(entries) as unknown as ExportedMessage;
}
