import { describe, expect, it } from 'vitest';
import type { Rule } from './rule.js';
import { ruleChanges, saySame } from './rule-changes.js';

const rule = (changes: Partial<Rule>): Rule => ({
  id: 'partner',
  effect: 'allow',
  peers: ['partner.example'],
  directions: ['in', 'out'],
  classes: ['chat'],
  who: ['everybody'],
  reason: 'contract 17',
  owner: 'it@im.example',
  expiresAt: undefined,
  ...changes,
});

describe('between two versions of the rules', () => {
  it('those that are new, gone or say something else are named', () => {
    const before = [rule({}), rule({ id: 'gone' }), rule({ id: 'files', classes: ['file'] })];
    const after = [rule({ id: 'files', classes: ['file', 'call'] }), rule({ id: 'new' }), rule({})];
    expect(ruleChanges(before, after)).toEqual({ added: ['new'], removed: ['gone'], changed: ['files'] });
  });

  it.each<[string, Partial<Rule>]>([
    ['effect', { effect: 'deny' }],
    ['peers', { peers: ['*'] }],
    ['directions', { directions: ['in'] }],
    ['classes', { classes: ['iq'] }],
    ['who', { who: [{ office: 'Sales' }] }],
    ['reason', { reason: 'contract 18' }],
    ['owner', { owner: 'sales@im.example' }],
    ['end', { expiresAt: 1 }],
  ])('another %s is a change', (_, change) => {
    expect(ruleChanges([rule({})], [rule(change)]).changed).toEqual(['partner']);
  });

  it('another order is none, nor is what JSON leaves out', () => {
    const rules = [rule({}), rule({ id: 'other' })];
    const read = JSON.parse(JSON.stringify(rules.toReversed())) as Rule[];
    expect(saySame(rules, read)).toBe(true);
  });
});
