import { describe, expect, it } from 'vitest';
import { MessageFramer } from './message-framer.js';
import { NS } from './namespaces.js';
import { Scanner } from './scan.js';
import type { StreamHeader } from './stream-header.js';
import { Vocabulary } from './vocabulary.js';
import { XmlError } from './xml-error.js';

const OPEN = `<open xmlns="${NS.framing}" to="im.example" version="1.0" xml:lang="en"/>`;
const CLOSE = `<close xmlns="${NS.framing}"/>`;
const scanner = new Scanner(new Vocabulary());

function listen(onElement: (framer: MessageFramer, xml: string) => void = () => undefined) {
  const heard: string[] = [];
  const headers: StreamHeader[] = [];
  const framer: MessageFramer = new MessageFramer(
    scanner,
    {
      opened: (header) => headers.push(header),
      element: (buf, scan) => {
        const xml = buf.toString('utf8', scan.start, scan.end);
        heard.push(xml);
        onElement(framer, xml);
      },
      closed: () => heard.push('closed'),
    },
    { limits: { maxBytes: 8192 } },
  );
  const say = (message: string): void => {
    const buf = Buffer.from(`${message}\0`);
    framer.feedMessage(buf, buf.length - 1);
  };
  return { heard, headers, framer, say };
}

function faultOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof XmlError) return error.condition;
    throw error;
  }
  return 'none';
}

describe('WebSocket framing', () => {
  it('opens, carries one element per message, and closes', () => {
    const { heard, headers, say } = listen();
    say(OPEN);
    say('<presence xmlns="jabber:client"/>\n');
    say('<iq/>');
    say(CLOSE);
    say('<iq/>');
    expect(headers[0]).toMatchObject({ to: 'im.example', version: '1.0', lang: 'en' });
    expect(heard).toEqual(['<presence xmlns="jabber:client"/>', '<iq/>', 'closed']);
  });

  it('refuses two elements, half an element and text in one message', () => {
    //
    for (const message of ['<a/><b/>', '<a>', 'x', '<a/>x', '', '<stream:stream>', '<p:a/>', '</close>']) {
      const { heard, say } = listen();
      say(OPEN);
      expect(
        faultOf(() => say(message)),
        message,
      ).toBe('not-well-formed');
      expect(heard).toEqual([]);
    }
  });

  it('refuses anything before <open/>, and a second <open/> without a restart', () => {
    //
    expect(faultOf(() => listen().say('<iq/>'))).toBe('invalid-namespace');
    expect(faultOf(() => listen().say(`<x xmlns="${NS.framing}"/>`))).toBe('bad-format');
    const { headers, framer, say } = listen();
    say(OPEN);
    framer.restart();
    say(OPEN);
    expect(headers).toHaveLength(2);
    expect(faultOf(() => say(OPEN))).toBe('bad-format');
  });

  it('refuses a message over the limit', () => {
    const { say } = listen();
    say(OPEN);
    expect(faultOf(() => say(`<a>${'x'.repeat(8192)}</a>`))).toBe('policy-violation');
  });

  it('can be suspended, keeps messages in order, and presents one again when asked to', () => {
    let times = 0;
    const { heard, framer, say } = listen((framer, xml) => {
      if (xml === '<a/>' && times++ === 0) framer.suspend({ again: true });
      if (xml === '<b/>') framer.suspend();
    });
    say(OPEN);
    say('<a/>');
    say('<b/>');
    say('<c/>');
    expect(framer.pendingBytes).toBe(12);
    expect(heard).toEqual(['<a/>']);
    framer.resume();
    expect(heard).toEqual(['<a/>', '<a/>', '<b/>']);
    framer.resume();
    expect(heard).toEqual(['<a/>', '<a/>', '<b/>', '<c/>']);
    expect(framer.pendingBytes).toBe(0);
  });

  it('presents an element again at once when it is resumed from inside', () => {
    let times = 0;
    const { heard, say } = listen((framer) => {
      if (times++ > 0) return;
      framer.suspend({ again: true });
      framer.resume();
    });
    say(OPEN);
    say('<a/>');
    expect(heard).toEqual(['<a/>', '<a/>']);
  });

  it('does not keep without bound while it is suspended', () => {
    const { framer, say } = listen((framer) => framer.suspend());
    say(OPEN);
    say('<a/>');
    expect(faultOf(() => Array.from({ length: 10 }, () => say(`<a>${'x'.repeat(4000)}</a>`)))).toBe('policy-violation');
    expect(framer.pendingBytes).toBe(0);
  });
});
