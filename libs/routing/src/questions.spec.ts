import { describe, expect, it } from 'vitest';
import { type Element, parseJid, xml } from '@interoffice/wire';
import { Questions } from './questions.js';
import type { Session } from './session.js';

/** A device that keeps what it is sent. */
function device(jid: string): Session & { sent: Element[] } {
  const sent: Element[] = [];
  return { jid: parseJid(jid), sent, send: (element: Element) => void sent.push(element) } as unknown as Session & {
    sent: Element[];
  };
}

const answerTo = (question: Element): Element => xml('iq', { type: 'result', id: String(question.attrs['id']) });

describe('a question of the server to a device', () => {
  // T-04
  it('is answered by that device alone, once, under an id of 128 random bits', () => {
    const questions = new Questions();
    const [asked, other] = [device('juliet@im.example/phone'), device('tybalt@im.example/desk')];
    const answers: Element[] = [];
    questions.ask(asked, { type: 'get', payload: xml('ping', { xmlns: 'urn:xmpp:ping' }) }, (iq) => answers.push(iq));
    const question = asked.sent[0]!;
    const id = String(question.attrs['id']);
    expect(question.attrs['to']).toBe('juliet@im.example/phone');
    expect(Buffer.from(id, 'base64url')).toHaveLength(16);
    expect(questions.answered(id, other, answerTo(question))).toBe(false);
    expect(questions.answered('guessed', asked, answerTo(question))).toBe(false);
    expect(answers).toEqual([]);
    expect(questions.answered(id, asked, answerTo(question))).toBe(true);
    expect(questions.answered(id, asked, answerTo(question))).toBe(false);
    expect(answers).toHaveLength(1);
  });

  it('is forgotten with its device', () => {
    const questions = new Questions();
    const [asked, other] = [device('juliet@im.example/phone'), device('juliet@im.example/laptop')];
    const answers: Element[] = [];
    for (const each of [asked, other])
      questions.ask(each, { type: 'get', payload: xml('x', { xmlns: 'urn:x' }) }, (iq) => answers.push(iq));
    questions.gone(asked);
    expect(questions.answered(String(asked.sent[0]!.attrs['id']), asked, answerTo(asked.sent[0]!))).toBe(false);
    expect(questions.answered(String(other.sent[0]!.attrs['id']), other, answerTo(other.sent[0]!))).toBe(true);
  });

  it('counts as unanswered when 65,536 others have been asked since', () => {
    const questions = new Questions();
    const asked = device('juliet@im.example/phone');
    for (let i = 0; i <= 65_536; i++)
      questions.ask(asked, { type: 'get', payload: xml('x', { xmlns: 'urn:x' }) }, () => undefined);
    expect(questions.answered(String(asked.sent[0]!.attrs['id']), asked, answerTo(asked.sent[0]!))).toBe(false);
    expect(questions.answered(String(asked.sent[1]!.attrs['id']), asked, answerTo(asked.sent[1]!))).toBe(true);
  });
});
