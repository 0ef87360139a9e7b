import type { DocumentFormat, ExportDocument } from '../document-writer.js';
import { type Header, headerText, mail, mailbox, mailboxes, mailDate } from '../mail.js';
import { partiesIn, spoken, titleOf, transcriptOf } from '../transcript.js';

const MOST_MESSAGES = 2_000;

/** A mail for each message. */
export const eml: DocumentFormat = {
  extension: 'eml',
  order: 'recorded',
  mostMessages: 1,
  render: (document) => {
    const message = document.messages[0]!;
    const { body, notes } = spoken(message);
    const text = [body, ...notes.map((note) => `(${note})`)].filter((line) => line !== '').join('\r\n');
    const about: readonly Header[] =
      message.about === undefined ? [] : [['In-Reply-To', `<${message.about}@${document.domain}>`]];
    const headers: readonly Header[] = [
      ['Date', mailDate(message.at)],
      ['From', mailbox(message.from, message.fromName)],
      ['To', mailbox(message.to, message.toName)],
      ['Subject', headerText(subjectOf(document))],
      ['Message-ID', `<${message.id}@${document.domain}>`],
      ...about,
      ['X-Interoffice-Time', message.at],
      ['X-Interoffice-Act', message.act],
      ['X-Interoffice-Verdict', message.verdict],
      ['X-Interoffice-Conversation', headerText(message.conversation)],
    ];
    return mail(headers, text.replaceAll(/\r?\n/g, '\r\n'));
  },
};

function subjectOf({ messages }: ExportDocument): string {
  const { subject, body, act } = messages[0]!;
  const [line = ''] = (subject ?? body ?? '').split('\n', 1);
  return line.trim() === '' ? act : line.slice(0, 120);
}

/** A mail for each conversation and day, with all that was said. */
export const emlDay: DocumentFormat = {
  extension: 'eml',
  order: 'conversations',
  mostMessages: MOST_MESSAGES,
  render: (document) => mail(dayHeaders(document), transcriptOf(document)),
};

/** From who spoke first, to all others. */
export function dayHeaders(document: ExportDocument): readonly Header[] {
  const { messages, domain } = document;
  const first = messages[0]!;
  const others = [...partiesIn(document)].filter(([address]) => address !== first.from);
  return [
    ['Date', mailDate(messages.at(-1)!.at)],
    ['From', mailbox(first.from, first.fromName)],
    ['To', mailboxes(others.map(([address, name]) => mailbox(address, name)))],
    ['Subject', headerText(titleOf(document))],
    ['Message-ID', `<${first.id}.${messages.length}@${domain}>`],
    ['X-Interoffice-Conversation', headerText(document.conversation)],
    ['X-Interoffice-Messages', String(messages.length)],
  ];
}
