import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Crossing, Policy } from './policy.js';
import type { OwnSide, Rule, Who } from './rule.js';
import { type Direction, DIRECTIONS, STANZA_CLASSES, type StanzaClass } from './stanza-class.js';

const NOW = 1_000_000;
const clock = { now: () => NOW };
const anna: OwnSide = { address: 'anna@office.example', office: 'berlin', groups: new Set(['sales']) };
const bert: OwnSide = { address: 'bert@office.example', office: 'paris', groups: new Set() };

let made = 0;
function rule(changes: Partial<Rule>): Rule {
  return {
    id: `r${(made += 1)}`,
    effect: 'allow',
    peers: ['partner.example'],
    directions: DIRECTIONS,
    classes: STANZA_CLASSES,
    who: ['everybody'],
    reason: 'contract 17',
    owner: 'it@office.example',
    expiresAt: undefined,
    ...changes,
  };
}
const crossing = (changes: Partial<Crossing> = {}): Crossing => ({
  peer: 'partner.example',
  direction: 'out',
  classes: ['chat'],
  ours: anna,
  ...changes,
});
const policy = (...rules: Partial<Rule>[]): Policy => new Policy(rules.map(rule), 7, clock);
const allows = (of: Policy, changes: Partial<Crossing> = {}): boolean => of.decide(crossing(changes)).isAllowed;

describe('the policy', () => {
  it('denies everything while it has no rules', () => {
    const empty = policy();
    for (const direction of DIRECTIONS)
      for (const kind of STANZA_CLASSES) expect(allows(empty, { direction, classes: [kind] })).toBe(false);
    expect(empty.decide(crossing())).toEqual({
      isAllowed: false,
      rule: undefined,
      because: 'no rule allows chat to partner.example',
      version: 7,
    });
  });

  it('allows what a rule names, and nothing beside it', () => {
    const one = policy({ directions: ['out'], classes: ['chat'], who: [{ group: 'sales' }] });
    expect(allows(one)).toBe(true);
    expect(allows(one, { direction: 'in' })).toBe(false);
    expect(allows(one, { classes: ['room'] })).toBe(false);
    expect(allows(one, { ours: bert })).toBe(false);
    expect(allows(one, { peer: 'other.example' })).toBe(false);
  });

  const PEOPLE: readonly [string, Who, boolean, boolean][] = [
    ['everybody', 'everybody', true, true],
    ['an account', { account: 'bert@office.example' }, false, true],
    ['a group of the directory', { group: 'sales' }, true, false],
    ['an office', { office: 'paris' }, false, true],
  ];
  for (const [name, who, annaMay, bertMay] of PEOPLE) {
    it(`is about ${name}`, () => {
      expect([allows(policy({ who: [who] })), allows(policy({ who: [who] }), { ours: bert })]).toEqual([
        annaMay,
        bertMay,
      ]);
    });
  }

  it('denies by any rule that denies, wherever it stands', () => {
    const deny = { effect: 'deny', classes: ['file'] } as const;
    for (const rules of [policy({}, deny), policy(deny, {})]) {
      expect(allows(rules)).toBe(true);
      expect(allows(rules, { classes: ['file'] })).toBe(false);
    }
  });

  it('lets no file slip by as a message of a room: each thing a stanza is has to be allowed', () => {
    const noFiles = policy({ classes: ['chat', 'room'] });
    expect(allows(noFiles, { classes: ['room'] })).toBe(true);
    expect(noFiles.decide(crossing({ classes: ['room', 'file'] })).because).toBe(
      'no rule allows file to partner.example',
    );
    const denied = policy({}, { effect: 'deny', classes: ['room'] });
    expect(allows(denied, { classes: ['room', 'file'] })).toBe(false);
  });

  it('forgets a rule at the moment it expires', () => {
    expect(allows(policy({ expiresAt: NOW + 1 }))).toBe(true);
    expect(allows(policy({ expiresAt: NOW }))).toBe(false);
    expect(allows(policy({}, { effect: 'deny', expiresAt: NOW }))).toBe(true);
  });

  it('says which rule decided, in its author’s words, and of which version it was', () => {
    const {
      rule: deciding,
      because,
      version,
    } = policy(
      {},
      {
        id: 'no-sales',
        effect: 'deny',
        who: [{ group: 'sales' }],
        reason: 'quiet period',
      },
    ).decide(crossing());
    expect([deciding?.id, because, version]).toEqual(['no-sales', 'rule no-sales denies it: quiet period', 7]);
  });

  it('explains what every rule about the peer had to say', () => {
    const { decision, considered } = policy(
      { id: 'old', expiresAt: NOW - 1 },
      { id: 'inwards', directions: ['in'] },
      { id: 'rooms', classes: ['room'] },
      { id: 'paris', who: [{ office: 'paris' }] },
      { id: 'elsewhere', peers: ['other.example'] },
      { id: 'sales', who: [{ group: 'sales' }] },
    ).explain(crossing());
    expect(considered.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['old', 'expired'],
      ['inwards', 'other direction'],
      ['rooms', 'other class'],
      ['paris', 'other people'],
      ['sales', 'applies'],
    ]);
    expect(decision.rule?.id).toBe('sales');
  });

  describe('names as peers', () => {
    it('those with whom somebody may exchange something', () => {
      expect(policy({ who: [{ group: 'sales' }], classes: ['chat'] }).isPeer('partner.example')).toBe(true);
    });

    it('nobody without a rule, and nobody whose last rule has expired', () => {
      expect(policy().isPeer('partner.example')).toBe(false);
      expect(policy({}).isPeer('other.example')).toBe(false);
      expect(policy({ expiresAt: NOW }).isPeer('partner.example')).toBe(false);
    });

    it('nobody to whom everything is denied for everybody, whatever else is allowed', () => {
      const all = { peers: ['*'] };
      expect(policy(all, { effect: 'deny' }).isPeer('partner.example')).toBe(false);
      expect(policy(all, { effect: 'deny' }).isPeer('third.example')).toBe(true);
      expect(policy(all, { effect: 'deny', who: [{ office: 'paris' }] }).isPeer('partner.example')).toBe(true);
      expect(policy(all, { effect: 'deny', classes: ['file'] }).isPeer('partner.example')).toBe(true);
    });
  });

  it('remembers no end of peers', () => {
    const one = policy({ peers: ['*.partner.example'] });
    for (let n = 0; n < 25_000; n++) one.isPeer(`a${n}.example`);
    expect(allows(one, { peer: 'x.partner.example' })).toBe(true);
  });
});

describe('any policy', () => {
  const somePeer = fc.constantFrom('*', 'partner.example', '*.partner.example', 'other.example');
  const someWho = fc.constantFrom<Who>(
    'everybody',
    { group: 'sales' },
    { office: 'paris' },
    {
      account: 'bert@office.example',
    },
  );
  const someRule = fc.record({
    effect: fc.constantFrom<Rule['effect']>('allow', 'deny'),
    peers: fc.uniqueArray(somePeer, { minLength: 1 }),
    directions: fc.uniqueArray(fc.constantFrom<Direction>(...DIRECTIONS), { minLength: 1 }),
    classes: fc.uniqueArray(fc.constantFrom<StanzaClass>(...STANZA_CLASSES), { minLength: 1 }),
    who: fc.uniqueArray(someWho, { minLength: 1 }),
    expiresAt: fc.constantFrom(undefined, NOW - 1, NOW, NOW + 1),
  });
  const someRules = fc.array(someRule, { maxLength: 8 });
  const someCrossing = fc.record({
    peer: fc.constantFrom('partner.example', 'chat.partner.example', 'other.example', 'third.example'),
    direction: fc.constantFrom<Direction>(...DIRECTIONS),
    classes: fc.uniqueArray(fc.constantFrom<StanzaClass>(...STANZA_CLASSES), { minLength: 1, maxLength: 3 }),
    ours: fc.constantFrom(anna, bert),
  });

  it('means the same in any order of its rules', () => {
    fc.assert(
      fc.property(someRules, someCrossing, (rules, one) => {
        expect(policy(...rules.toReversed()).decide(one).isAllowed).toBe(policy(...rules).decide(one).isAllowed);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is as its explanation says: allowed when each class is allowed and none denied by a rule that applies', () => {
    fc.assert(
      fc.property(someRules, someCrossing, (rules, one) => {
        const of = policy(...rules);
        const effects = one.classes.map((kind) =>
          of
            .explain({ ...one, classes: [kind] })
            .considered.filter(({ outcome }) => outcome === 'applies')
            .map(({ effect }) => effect),
        );
        const isAllowed = effects.every((found) => found.includes('allow') && !found.includes('deny'));
        expect(of.decide(one).isAllowed).toBe(isAllowed);
      }),
      { numRuns: 2_000 },
    );
  });

  it('allows nothing to or from a domain that is no peer', () => {
    fc.assert(
      fc.property(someRules, someCrossing, (rules, one) => {
        const of = policy(...rules);
        if (of.decide(one).isAllowed) expect(of.isPeer(one.peer)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what may ever pass', () => {
  it('is what somebody may, and nothing that nobody may', () => {
    const of = policy({ directions: ['in'], classes: ['room'], who: [{ office: 'Sales' }] });
    expect(of.mayEver('partner.example', 'in', 'room')).toBe(true);
    expect(of.mayEver('partner.example', 'out', 'room')).toBe(false);
    expect(of.mayEver('partner.example', 'in', 'chat')).toBe(false);
    expect(policy({}, { effect: 'deny', classes: ['room'] }).mayEver('partner.example', 'in', 'room')).toBe(false);
  });

  it('changes by itself when the next rule ends', () => {
    expect(policy({}, { expiresAt: NOW + 9 }, { expiresAt: NOW + 5 }, { expiresAt: NOW }).nextExpiryMs).toBe(NOW + 5);
    expect(policy({}, { expiresAt: NOW - 1 }).nextExpiryMs).toBeUndefined();
  });

  it('depends on those groups that rules about the peer name', () => {
    const of = policy(
      { who: [{ group: 'sales' }, { group: 'lab' }] },
      { peers: ['other.example'], who: [{ group: 'it' }] },
    );
    expect(of.groupsThatDecide('partner.example', new Set(['sales', 'it', 'chess']))).toEqual(['sales']);
  });
});
