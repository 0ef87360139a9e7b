import { describe, expect, it } from 'vitest';
import { namesPeer, peerPattern, readRules, type Rule, RULE_LIMITS } from './rule.js';

const RULE: Rule = {
  id: 'r1',
  effect: 'allow',
  peers: ['partner.example'],
  directions: ['in', 'out'],
  classes: ['chat'],
  who: ['everybody'],
  reason: 'contract 17',
  owner: 'it@office.example',
  expiresAt: undefined,
};
const faultsOf = (...rules: Partial<Rule>[]): string => {
  try {
    readRules(rules.map((changes) => ({ ...RULE, ...changes })));
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('the domains a rule names', () => {
  const named = (pattern: string, domain: string): boolean => namesPeer(peerPattern(pattern)!, domain);

  it('are one, when one is written', () => {
    expect(named('partner.example', 'partner.example')).toBe(true);
    expect(named('Partner.Example', 'partner.example')).toBe(true);
    expect(named('partner.example', 'chat.partner.example')).toBe(false);
    expect(named('partner.example', 'evilpartner.example')).toBe(false);
  });

  it('are those below a domain and not itself, behind a star', () => {
    expect(named('*.partner.example', 'chat.partner.example')).toBe(true);
    expect(named('*.partner.example', 'a.b.partner.example')).toBe(true);
    expect(named('*.partner.example', 'partner.example')).toBe(false);
    expect(named('*.partner.example', 'evilpartner.example')).toBe(false);
  });

  it('are all, for a star alone', () => {
    expect(named('*', 'anybody.example')).toBe(true);
  });

  for (const text of ['', '*.example', '*.*.example', 'anna@partner.example', 'partner.example/x', 'part*.example']) {
    it(`are not read from ${JSON.stringify(text)}`, () => {
      expect(peerPattern(text)).toBeUndefined();
    });
  }
});

describe('rules', () => {
  it('are taken as they are when nothing is wrong with them', () => {
    expect(readRules([RULE]).map(({ rule }) => rule)).toEqual([RULE]);
  });

  it('are about an address however it is written', () => {
    expect(readRules([{ ...RULE, who: [{ account: 'Anna@Office.Example' }] }])[0]!.rule.who).toEqual([
      { account: 'anna@office.example' },
    ]);
  });

  const WRONG: readonly [string, Partial<Rule>, string][] = [
    ['an empty list of peers', { peers: [] }, 'rule r1: peers is empty'],
    ['an empty list of classes', { classes: [] }, 'rule r1: classes is empty'],
    ['an empty list of directions', { directions: [] }, 'rule r1: directions is empty'],
    ['an empty list of people', { who: [] }, 'rule r1: who is empty'],
    ['a class nobody knows', { classes: ['chats' as 'chat'] }, 'rule r1: classes has chats; expected chat, room'],
    ['a direction nobody knows', { directions: ['both' as 'in'] }, 'rule r1: directions has both; expected in, out'],
    ['what is no domain', { peers: ['a@b.example'] }, 'rule r1: a@b.example is no domain'],
    ['no reason', { reason: ' ' }, 'rule r1: it gives no reason'],
    ['no owner', { owner: '' }, 'rule r1: it names no owner'],
    ['no id', { id: '' }, 'rule (without id): it has no id'],
    ['a list without end', { peers: Array(RULE_LIMITS.perList + 1).fill('a.example') }, 'rule r1: 1001 peers'],
  ];
  for (const [name, changes, text] of WRONG) {
    it(`are refused with ${name}`, () => {
      expect(faultsOf(changes)).toContain(text);
    });
  }

  it('are refused when two have one id, and all that is wrong is told at once', () => {
    expect(faultsOf({}, { owner: '' }).split('\n')).toEqual([
      'rule r1: another rule has the same id',
      'rule r1: it names no owner',
    ]);
  });

  it('are refused in numbers nobody could answer for', () => {
    const many = Array.from({ length: RULE_LIMITS.rules + 1 }, (_, n) => ({ id: `r${n}` }));
    expect(faultsOf(...many)).toBe('10001 rules; 10000 is the most');
  });
});
