import { bareContext, Scanner, Vocabulary } from '@interoffice/wire';
import { describe, expect, it } from 'vitest';
import { NumberedBytes } from '../link/frames.js';
import { Allowance } from './allowance.js';
import { Arrival } from './arrival.js';

const scanner = new Scanner(new Vocabulary());

/** A stream of a peer's and what the server is sent of it. */
function stage({ perSecond = 1_000_000, burst = 1_000_000 } = {}) {
  const sent: string[] = [];
  const answers: string[] = [];
  const at = { isChoked: false, nowMs: 0 };
  const arrival = new Arrival(7, {
    peer: 'peer.example',
    came: (bytes, size) => void sent.push(`${bytes.readUInt32BE(0)} ${bytes.toString('utf8', 4, size)}`),
    gone: () => undefined,
    isChoked: () => at.isChoked,
    stanza: new NumberedBytes(),
    answered: (id) => {
      answers.push(id);
      return id.startsWith('own');
    },
    allowance: new Allowance({ perSecond, burst }, { now: () => at.nowMs }),
  });
  const come = (stanza: string): Promise<unknown> | undefined => {
    const bytes = Buffer.from(`${stanza} `);
    scanner.enter(bareContext({ maxBytes: 10_000_000 }));
    scanner.next(bytes, 0, bytes.length - 1);
    return arrival.stanza(bytes, scanner);
  };
  return { arrival, sent, answers, at, come };
}

const WORDS = "<message from='a@x' to='b@y'><body>hi</body></message>";

describe('what a stream of a peer brings', () => {
  it('goes to the server as it came, or written anew where it is in prefixes or a namespace of its own', () => {
    const { sent, come } = stage();
    void come(WORDS);
    void come("<message xmlns='jabber:server' from='a@x' to='b@y'><body>hi</body></message>");
    void come("<p:message xmlns:p='jabber:client' from='a@x' to='b@y'><p:body>hi</p:body></p:message>");
    expect(sent[0]).toBe(`7 ${WORDS}`);
    for (const rewritten of sent.slice(1)) expect(rewritten).toMatch(/^7 <message [^>]*><body>hi<\/body><\/message>$/);
  });

  it('is decided when the server says so, and waits for it', async () => {
    const { arrival, come } = stage();
    for (let i = 0; i < 3; i++) void come(WORDS);
    let isOver = false;
    const over = arrival.undecided()!.then(() => (isOver = true));
    arrival.decidedUpTo(2);
    await Promise.resolve();
    expect([arrival.decided, isOver]).toEqual([2, false]);
    arrival.decidedUpTo(3);
    await over;
    expect(arrival.undecided()).toBeUndefined();
  });

  it('is not read while too much of it waits, in number or in bytes, or while the server is behind', async () => {
    const many = stage();
    for (let i = 0; i < 2_048; i++) expect(many.come(WORDS)).toBeUndefined();
    const waits = many.come(WORDS);
    expect([waits instanceof Promise, many.sent.length]).toEqual([true, 2_048]);
    many.arrival.decidedUpTo(1);
    await waits;
    expect(many.come(WORDS)).toBeUndefined();

    const large = stage();
    const stanza = `<message from='a@x' to='b@y'><body>${'x'.repeat(500_000)}</body></message>`;
    let taken = 0;
    while (large.come(stanza) === undefined) taken++;
    expect(taken).toBe(9);

    const behind = stage();
    behind.at.isChoked = true;
    const later = behind.come(WORDS);
    behind.at.isChoked = false;
    behind.arrival.relieved();
    await later;
    expect(behind.come(WORDS)).toBeUndefined();
  });

  // F-10
  it('is read more slowly when it is more than a peer may send', async () => {
    const { come, sent, at } = stage({ perSecond: 1_000, burst: 5 });
    const waits = Array.from({ length: 6 }, () => come(WORDS));
    expect(waits.map((wait) => wait instanceof Promise)).toEqual([false, false, false, false, false, true]);
    await waits[5];
    at.nowMs = 1;
    expect([come(WORDS), sent.length]).toEqual([undefined, 6]);
  });

  it('shows the ids of answers, and of nothing else', () => {
    const { answers, come, sent } = stage();
    void come("<iq type='result' id='r' from='x' to='y'/>");
    void come("<iq type='error' id='e' from='x' to='y'/>");
    void come("<iq type='get' id='g' from='x' to='y'><ping xmlns='urn:xmpp:ping'/></iq>");
    void come("<message type='error' id='m' from='x' to='y'/>");
    void come("<iq type='result' from='x' to='y'/>");
    expect([answers, sent.length]).toEqual([['r', 'e'], 5]);
  });

  it('goes no further where it answers the gateway, and is counted in its place', () => {
    const { arrival, come, sent } = stage();
    const own = (): unknown => come("<iq type='result' id='own' from='x' to='y'/>");
    own();
    expect(arrival.decided).toBe(1);
    void come(WORDS);
    own();
    own();
    void come(WORDS);
    expect([sent.length, arrival.decided]).toEqual([2, 1]);
    arrival.decidedUpTo(1);
    expect(arrival.decided).toBe(4);
    arrival.decidedUpTo(2);
    expect([arrival.decided, arrival.undecided()]).toEqual([5, undefined]);
  });
});
