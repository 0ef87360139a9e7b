import type { ExportDocument } from './document-writer.js';
import type { Act, ExportedMessage } from './message.js';

const ACTS: Readonly<Record<Act, string>> = {
  message: '',
  correction: 'corrects',
  retraction: 'takes back',
  moderation: 'takes away, as a moderator,',
  reaction: 'reacts to',
  subject: 'sets the subject',
  joined: 'has come in',
  left: 'has left',
  error: 'an error came back',
};

/** A message as people read it: who, when and what was done, in the first line; what was said, and what is to be known of it, below. */
export interface Spoken {
  readonly head: string;
  readonly body: string;
  readonly notes: readonly string[];
}

export function spoken(message: ExportedMessage): Spoken {
  const act = [ACTS[message.act], message.about].filter((one) => one !== undefined && one !== '').join(' ');
  const time = `${message.at.slice(0, 10)} ${message.at.slice(11, 26)} UTC`;
  return {
    head: `[${time}] ${whoOf(message)}${act === '' ? '' : ` – ${act}`} [${message.id}]`,
    body: message.body ?? message.subject ?? message.reactions?.join(' ') ?? '',
    notes: notesOn(message),
  };
}

/** The name they had then, the nick they had in the room, and the address. */
export function whoOf({ from, fromName, nick }: ExportedMessage): string {
  const called = [fromName, nick !== undefined && nick !== fromName ? `“${nick}”` : undefined].filter(Boolean);
  return called.length === 0 ? from : `${called.join(' ')} <${from}>`;
}

function notesOn(message: ExportedMessage): string[] {
  const { verdict, refusedBecause, decisionId, changeReason, moderator, replyTo } = message;
  const notes: string[] = [];
  if (verdict !== 'passed') {
    const why = [refusedBecause, decisionId && `decision ${decisionId}`].filter(Boolean).join(', ');
    notes.push(`${verdict}: not delivered${why === '' ? '' : ` (${why})`}`);
  }
  if (changeReason !== undefined) notes.push(`reason: ${changeReason}`);
  if (moderator !== undefined) notes.push(`moderated by ${moderator}`);
  if (replyTo !== undefined) notes.push(`answers the message with the id ${replyTo}`);
  for (const { url, name } of message.attachments ?? [])
    notes.push(`file ${name === undefined ? '' : `${name} `}${url} (its content is not in the archive)`);
  if (message.isEncrypted) notes.push('end-to-end encrypted: not readable');
  if (message.isGone) notes.push('the content is not in the archive any more');
  return notes;
}

/** The whole document as text. */
export function transcriptOf(document: ExportDocument): string {
  const said = document.messages.map((message) => {
    const { head, body, notes } = spoken(message);
    const indented = [...body.split('\n'), ...notes.map((note) => `(${note})`)].filter((line) => line !== '');
    return [head, ...indented.map((line) => `    ${line}`)].join('\r\n');
  });
  return `${titleOf(document)}\r\n\r\n${said.join('\r\n\r\n')}\r\n`;
}

export function titleOf({ conversation, day, part }: ExportDocument): string {
  const who = conversation.replace(' ', ' and ');
  return `${who}, ${day} UTC${part === 1 ? '' : `, part ${part}`}`;
}

/** Everybody who wrote or was written to, with the name they had then. */
export function partiesIn({ messages }: ExportDocument): ReadonlyMap<string, string | undefined> {
  const parties = new Map<string, string | undefined>();
  for (const { from, fromName, to, toName } of messages) {
    if (parties.get(from) === undefined) parties.set(from, fromName);
    if (parties.get(to) === undefined) parties.set(to, toName);
  }
  return parties;
}
