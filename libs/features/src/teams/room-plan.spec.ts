import { describe, expect, it } from 'vitest';
import { type Affiliation, planRoom, type Remembered, type Ruled } from './room-plan.js';

const MEMBER: Ruled = { affiliation: 'member', autojoin: true };
const OWNER: Ruled = { affiliation: 'owner', autojoin: true };
const given = (rule: Ruled, own: Remembered['own'] = 'none'): Remembered => ({ ...rule, own });

interface Case {
  readonly is: string;
  readonly wanted?: Ruled;
  readonly now?: Affiliation;
  readonly known?: Remembered;
  /** What becomes of the person; undefined: stays. */
  readonly turn?: Affiliation;
  readonly remember?: Remembered;
  readonly bookmark?: true;
  readonly forget?: true;
}

const CASES: readonly Case[] = [
  { is: 'put in', wanted: MEMBER, turn: 'member', remember: given(MEMBER) },
  { is: 'in already', wanted: MEMBER, now: 'member', known: given(MEMBER) },
  { is: 'taken out with the rule', now: 'member', known: given(MEMBER), turn: 'none', forget: true },
  { is: 'put in again after somebody took him out', wanted: MEMBER, known: given(MEMBER), turn: 'member' },
  { is: 'left alone where he was put in by hand', wanted: MEMBER, now: 'member' },
  { is: 'left alone where he is more than the rule says', wanted: MEMBER, now: 'admin' },
  { is: 'left out where he is banned', wanted: MEMBER, now: 'outcast' },
  { is: 'left out where he was banned since', wanted: MEMBER, now: 'outcast', known: given(MEMBER), forget: true },
  { is: 'left what he was made since', wanted: MEMBER, now: 'owner', known: given(MEMBER), forget: true },
  { is: 'left what he was made since, without a rule too', now: 'admin', known: given(MEMBER), forget: true },
  { is: 'made more', wanted: OWNER, now: 'member', turn: 'owner', remember: given(OWNER, 'member') },
  { is: 'what he was before, afterwards', now: 'owner', known: given(OWNER, 'member'), turn: 'member', forget: true },
  { is: 'made less', wanted: MEMBER, now: 'owner', known: given(OWNER), turn: 'member', remember: given(MEMBER) },
  {
    is: 'told of another kind of membership',
    wanted: { ...MEMBER, autojoin: false },
    now: 'member',
    known: given(MEMBER),
    remember: { ...given(MEMBER), autojoin: false },
    bookmark: true,
  },
];

describe('somebody in a room with a rule', () => {
  it.each(CASES)('is $is', ({ wanted, now, known, turn, remember, bookmark, forget }) => {
    const of = <T>(value: T | undefined): Map<string, T> => new Map(value === undefined ? [] : [['anna', value]]);
    expect(planRoom(of(wanted), of(now), of(known))).toEqual({
      remember: of(remember),
      turns: turn === undefined ? [] : [{ jid: 'anna', affiliation: turn }],
      bookmark: bookmark ? ['anna'] : [],
      forget: forget ? ['anna'] : [],
    });
  });

  it('is taken out after others have been made owners', () => {
    const { turns } = planRoom(
      new Map([
        ['bela', MEMBER],
        ['cleo', OWNER],
      ]),
      new Map([['anna', 'owner']]),
      new Map([['anna', given(OWNER)]]),
    );
    expect(turns.map(({ jid, affiliation }) => `${jid} ${affiliation}`)).toEqual([
      'cleo owner',
      'bela member',
      'anna none',
    ]);
  });
});
