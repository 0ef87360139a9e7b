import { describe, expect, it } from 'vitest';
import { AcknowledgedTooMuch, Acknowledgement } from './acknowledgement.js';

describe('the counters of XEP-0198', () => {
  it('give what an acknowledgement covers, oldest first, once', () => {
    const acks = new Acknowledgement<string>();
    ['a', 'b', 'c'].forEach((stanza) => acks.send(stanza));
    expect(acks.acknowledge(2)).toEqual(['a', 'b']);
    expect(acks.acknowledge(2)).toEqual([]);
    expect(acks.waiting).toEqual(['c']);
  });

  it('let an acknowledgement that was overtaken change nothing', () => {
    const acks = new Acknowledgement<string>();
    ['a', 'b', 'c'].forEach((stanza) => acks.send(stanza));
    acks.acknowledge(2);
    expect(acks.acknowledge(1)).toEqual([]);
    expect(acks.waiting).toEqual(['c']);
  });

  it('begin again at 2³²', () => {
    const acks = new Acknowledgement<string>();
    acks.resume(2 ** 32 - 2);
    ['a', 'b', 'c'].forEach((stanza) => acks.send(stanza));
    expect(acks.acknowledge(2 ** 32 - 1)).toEqual(['a']);
    expect(acks.acknowledge(1)).toEqual(['b', 'c']);
  });

  //
  it('believe nobody who acknowledges more than was sent', () => {
    const acks = new Acknowledgement<string>();
    acks.send('a');
    expect(() => acks.acknowledge(2)).toThrow(AcknowledgedTooMuch);
    expect(acks.waiting).toEqual(['a']);
  });

  it('go on from what the server remembers when it remembers less than it said', () => {
    const acks = new Acknowledgement<string>();
    ['a', 'b', 'c'].forEach((stanza) => acks.send(stanza));
    acks.acknowledge(2);
    expect(acks.resume(1)).toEqual([]);
    acks.send('d');
    expect(acks.acknowledge(3)).toEqual(['c', 'd']);
  });
});
