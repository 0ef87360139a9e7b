import { describe, expect, it } from 'vitest';
import { Traffic } from './traffic.js';

const NOON = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
const DAY = { minutes: 1_440, step: 10 };

function stage() {
  const clock = { at: NOON, now: () => clock.at };
  return { clock, traffic: new Traffic(clock) };
}

describe('what goes to and from a peer', () => {
  it('is counted by minute, direction and class, and what was refused beside it', () => {
    const { clock, traffic } = stage();
    traffic.passed('a.example', 'in', ['chat']);
    traffic.passed('a.example', 'out', ['chat', 'file']);
    clock.at += MINUTE;
    traffic.passed('a.example', 'in', ['chat']);
    traffic.refused('a.example', 'in');
    const points = traffic.of('a.example', { minutes: 2, step: 1 });
    expect(points.map(({ atMs }) => atMs)).toEqual([NOON, NOON + MINUTE]);
    expect(points).toMatchObject([
      { in: { chat: 1, refused: 0 }, out: { chat: 1, file: 1, room: 0 } },
      { in: { chat: 1, refused: 1 }, out: { chat: 0 } },
    ]);
    expect(traffic.of('b.example', DAY)).toEqual([]);
  });

  it('is summed in steps that stay the same while time goes on', () => {
    const { clock, traffic } = stage();
    for (let i = 0; i < 25; i++) {
      traffic.passed('a.example', 'out', ['presence']);
      clock.at += MINUTE;
    }
    const points = traffic.of('a.example', { minutes: 30, step: 10 });
    expect(points.map(({ atMs, out }) => [new Date(atMs).toISOString().slice(11, 16), out.presence])).toEqual([
      ['11:50', 0],
      ['12:00', 10],
      ['12:10', 10],
      ['12:20', 5],
    ]);
  });

  it('is forgotten after a day, and sooner where there are very many peers', () => {
    const { clock, traffic } = stage();
    traffic.passed('a.example', 'in', ['iq']);
    clock.at += 25 * 60 * MINUTE;
    traffic.passed('a.example', 'in', ['iq']);
    expect(traffic.of('a.example', DAY).reduce((sum, point) => sum + point.in.iq, 0)).toBe(1);
    for (let i = 0; i < 4_000; i++) traffic.passed(`p${i}.example`, 'in', ['iq']);
    expect(traffic.of('a.example', DAY)).toEqual([]);
    expect(traffic.of('p3999.example', DAY)).not.toEqual([]);
  });
});
