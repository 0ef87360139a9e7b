import { describe, expect, it } from 'vitest';
import { PolicyClass } from '@interoffice/contract';
import { classesOf, peopleOf, waysOf } from './rule-words.js';

describe('a rule in words', () => {
  it.each([
    [['in', 'out'], 'both ways'],
    [['in'], 'inwards'],
    [['out'], 'outwards'],
  ] as const)('goes %j: %s', (directions, words) => expect(waysOf({ directions: [...directions] })).toBe(words));

  it('is about everything, or about some classes', () => {
    expect(classesOf({ classes: [...PolicyClass.options].toReversed() })).toBe('everything');
    expect(classesOf({ classes: ['chat', 'file'] })).toBe('chat, file');
  });

  it('is about people', () => {
    const who = [{ group: 'sales' }, { office: 'Berlin' }, { account: 'ada@im.example' }];
    expect(peopleOf({ who: ['everybody'] })).toBe('everybody');
    expect(peopleOf({ who })).toBe('group sales, office Berlin, ada@im.example');
  });
});
