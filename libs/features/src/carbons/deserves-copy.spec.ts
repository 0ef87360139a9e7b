import { describe, expect, it } from 'vitest';
import { type Copyable, deservesCopy } from './deserves-copy.js';

const message = (of: Partial<Copyable>): Copyable => ({
  type: 'chat',
  hasBody: false,
  isPrivate: false,
  isCourtesy: false,
  ...of,
});

describe('a copy for the other devices', () => {
  it.each([
    ['every chat', message({}), true],
    ['a normal message with a body', message({ type: 'normal', hasBody: true }), true],
    ['a receipt', message({ type: 'normal', isCourtesy: true }), true],
    ['a normal message that says nothing', message({ type: 'normal' }), false],
    ['a private chat', message({ hasBody: true, isPrivate: true }), false],
    ['a headline', message({ type: 'headline', hasBody: true }), false],
    ['a groupchat', message({ type: 'groupchat', hasBody: true }), false],
    ['an error', message({ type: 'error', hasBody: true }), false],
  ])('of %s', (_, of, deserves) => {
    expect(deservesCopy(of)).toBe(deserves);
  });
});
