import { describe, expect, it } from 'vitest';
import { SharedStream } from './shared-stream.js';

const STANZA = Buffer.from('<presence/>');

/** A stream that a peer has opened, as far as lines see it, and two lines over it. */
function stage(counts = true) {
  const said: string[] = [];
  const stream = {
    connection: { isChoked: false, bufferedBytes: 0, remoteAddress: '192.0.2.1' } as never,
    counts,
    isPaused: false,
    isOpen: true,
    send: () => void said.push('stanza'),
    askForAck: () => void said.push('ask'),
    giveUp: (code: string) => void said.push(`given up: ${code}`),
  };
  let overs = 0;
  const shared = new SharedStream(stream, () => overs++);
  const told: string[] = [];
  const line = (name: string) =>
    shared.join({
      acknowledged: (stanzas) => void told.push(`${name} ${stanzas}`),
      ended: ({ code }) => void told.push(`${name} ended: ${code}`),
    });
  const send = (share: ReturnType<typeof line>, times: number): void => {
    for (let i = 0; i < times; i++) share.send(STANZA, 0, STANZA.length);
  };
  return { stream, shared, said, told, line, send, overs: () => overs };
}

describe('a stream that several lines share', () => {
  it('tells each what the peer has taken of its own, in the order in which it was sent', () => {
    const { shared, told, line, send } = stage();
    const [one, two] = [line('one'), line('two')];
    send(one, 2);
    send(two, 3);
    send(one, 1);
    shared.acknowledged(3);
    expect(told.splice(0)).toEqual(['one 2', 'two 1']);
    expect([one.unacknowledged, two.unacknowledged]).toEqual([1, 2]);
    shared.acknowledged(3);
    expect(told).toEqual(['two 2', 'one 1']);
    expect([one.unacknowledged, two.unacknowledged]).toEqual([0, 0]);
  });

  it('stays when a line leaves it in order, and is cut for all when a line does not know what was taken', () => {
    const { said, told, line, send, shared } = stage();
    const [one, two] = [line('one'), line('two')];
    one.end();
    send(one, 1);
    expect([said.splice(0), one.unacknowledged]).toEqual([[], 0]);
    send(two, 1);
    two.giveUp('cut', 'It may be sent again.');
    expect(said).toEqual(['stanza', 'given up: cut']);
    shared.ended({ code: 'cut', text: '', isTheirs: false });
    expect(told).toEqual(['two ended: cut']);
  });

  it('is over for every line once, and carries nothing afterwards', () => {
    const { shared, stream, told, said, line, send, overs } = stage();
    const [one] = [line('one'), line('two')];
    send(one, 1);
    stream.isOpen = false;
    shared.ended({ code: 'closed', text: '', isTheirs: true });
    send(one, 1);
    shared.acknowledged(1);
    expect([told, said, overs()]).toEqual([['one ended: closed', 'two ended: closed'], ['stanza'], 1]);
  });

  it('knows of nothing that was taken where the peer does not count', () => {
    const { line, send } = stage(false);
    const one = line('one');
    send(one, 2);
    expect([one.isManaged, one.unacknowledged]).toEqual([false, 0]);
  });
});
