import { describe, expect, it } from 'vitest';
import { Turns } from './turns.js';

function held(turns: Turns, name: string, begun: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const done = turns.run(async () => {
    begun.push(name);
    await promise;
    return name;
  });
  return { done, end: resolve, fail: reject };
}

describe('turns', () => {
  it('let in so many at once, and the others in their order as places become free', async () => {
    const turns = new Turns(2, 'log-ins');
    const begun: string[] = [];
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => held(turns, name, begun));
    expect(begun).toEqual(['a', 'b']);
    b!.end();
    expect(await b!.done).toBe('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    a!.fail(new Error('gone'));
    await expect(a!.done).rejects.toThrow('gone');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    c!.end();
    d!.end();
    expect(await Promise.all([c!.done, d!.done])).toEqual(['c', 'd']);
  });

  it('give a free place to who waits, not to who comes in the same moment', async () => {
    const turns = new Turns(1, 'log-ins');
    const begun: string[] = [];
    const first = held(turns, 'first', begun);
    const waits = held(turns, 'waits', begun);
    first.end();
    await first.done;
    const late = held(turns, 'late', begun);
    await Promise.resolve();
    expect(begun).toEqual(['first', 'waits']);
    waits.end();
    await waits.done;
    late.end();
    expect(await late.done).toBe('late');
  });

  it('refuse at once when a thousand wait', async () => {
    const turns = new Turns(1, 'log-ins');
    const begun: string[] = [];
    const all = Array.from({ length: 1001 }, (_, nth) => held(turns, String(nth), begun));
    await expect(turns.run(() => Promise.resolve())).rejects.toMatchObject({ code: 'DIRECTORY_BUSY' });
    for (const one of all) one.end();
    expect(await Promise.all(all.map((one) => one.done))).toHaveLength(1001);
  });
});
