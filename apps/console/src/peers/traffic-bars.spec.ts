import { describe, expect, it } from 'vitest';
import { bars, totals } from './traffic-bars.js';

const none = { chat: 0, room: 0, presence: 0, file: 0, call: 0, pubsub: 0, iq: 0, refused: 0 };
const traffic = (...points: { in: Partial<typeof none>; out: Partial<typeof none> }[]) => ({
  stepMinutes: 10,
  points: points.map((point, i) => ({
    at: new Date(i * 600_000).toISOString(),
    in: { ...none, ...point.in },
    out: { ...none, ...point.out },
  })),
});

describe('the chart of a peer’s traffic', () => {
  it('lays classes on each other, what came in upwards and what went out downwards, to the busiest step', () => {
    const { pieces, most } = bars(traffic({ in: { chat: 3, file: 1 }, out: { chat: 2 } }, { in: {}, out: {} }));
    expect(most).toBe(4);
    expect(pieces).toEqual([
      { kind: 'chat', x: 0, y: 0.125, width: 0.4, height: 0.375 },
      { kind: 'file', x: 0, y: 0, width: 0.4, height: 0.125 },
      { kind: 'chat', x: 0, y: 0.5, width: 0.4, height: 0.25 },
    ]);
  });

  it('is empty where nothing went', () => {
    expect(bars(traffic({ in: {}, out: {} }))).toEqual({ pieces: [], most: 0 });
    expect(bars(traffic())).toEqual({ pieces: [], most: 0 });
  });

  it('has its numbers in words as well', () => {
    const two = traffic({ in: { chat: 3 }, out: { iq: 1 } }, { in: { chat: 1, refused: 2 }, out: {} });
    expect(totals(two)).toEqual([
      { kind: 'chat', in: 4, out: 0 },
      { kind: 'iq', in: 0, out: 1 },
      { kind: 'refused', in: 2, out: 0 },
    ]);
  });
});
