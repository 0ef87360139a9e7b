import { describe, expect, it } from 'vitest';
import { HeardEnd, linkContract } from './link.contract.js';
import { memoryLink } from './memory-link.js';

linkContract('a link within a process', (one, other) => {
  memoryLink(one.take, other.take);
  return Promise.resolve();
});

describe('a link within a process', () => {
  it('hands nothing over while its sender is still at it', async () => {
    const [one, other] = [new HeardEnd(), new HeardEnd()];
    memoryLink(one.take, other.take);
    one.link.send(16, Buffer.from('x'));
    await Promise.resolve();
    expect(other.frames).toEqual([]);
    await other.until(() => other.frames.length === 1);
    one.link.end();
  });
});
