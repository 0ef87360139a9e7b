/** XEP-0045 §5.2 */
export type Affiliation = 'owner' | 'admin' | 'member' | 'none' | 'outcast';

/** What a rule says of a person in a room. */
export interface Ruled {
  readonly affiliation: 'member' | 'owner';
  /** The bookmark says that clients are to come in by themselves. */
  readonly autojoin: boolean;
}

/** What a rule has given a person, and what the person was by hand before. */
export interface Remembered extends Ruled {
  readonly own: Exclude<Affiliation, 'owner' | 'outcast'>;
}

/** Somebody is to become something else. */
export interface Turn {
  readonly jid: string;
  readonly affiliation: Affiliation;
}

/** What brings a room in step, in this order: remember, turn, bookmark, forget. */
export interface RoomSteps {
  readonly remember: ReadonlyMap<string, Remembered>;
  /** New owners first, so that the room never lacks one for a moment. */
  readonly turns: readonly Turn[];
  /** Whose bookmark is to say something else and nothing more. */
  readonly bookmark: readonly string[];
  /** Nothing of the rule is left with them once the turns are done. */
  readonly forget: readonly string[];
}

const RANK: Readonly<Record<Affiliation, number>> = { outcast: 0, none: 1, member: 2, admin: 3, owner: 4 };

/**
 * What has to change so that a room has the people of its rule, by address: `wanted` by the rule, `now` as the room has it
 * (who is missing there is none), `known` as rules gave it before. What somebody did by hand stands: who was made more
 * than the rule says stays that, who was banned stays out, and who was there before the rule stays when it ends.
 */
export function planRoom(
  wanted: ReadonlyMap<string, Ruled>,
  now: ReadonlyMap<string, Affiliation>,
  known: ReadonlyMap<string, Remembered>,
): RoomSteps {
  const remember = new Map<string, Remembered>();
  const turns: Turn[] = [];
  const bookmark: string[] = [];
  const forget: string[] = [];
  for (const [jid, rule] of wanted) {
    const is = now.get(jid) ?? 'none';
    const was = known.get(jid);
    if (isByHand(is, rule, was)) {
      if (was) forget.push(jid);
      continue;
    }
    const isTurned = is !== rule.affiliation;
    if (isTurned) turns.push({ jid, affiliation: rule.affiliation });
    else if (was?.autojoin !== rule.autojoin) bookmark.push(jid);
    const isNews = was?.affiliation !== rule.affiliation || was.autojoin !== rule.autojoin;
    if (isNews) remember.set(jid, { ...rule, own: was?.own ?? ownOf(is) });
  }
  for (const [jid, was] of known) {
    if (wanted.has(jid)) continue;
    forget.push(jid);
    if (now.get(jid) === was.affiliation) turns.push({ jid, affiliation: was.own });
  }
  turns.sort((a, b) => RANK[b.affiliation] - RANK[a.affiliation]);
  return { remember, turns, bookmark, forget };
}

/** Somebody has decided about this person: banned, or made as much as the rule would or more. */
function isByHand(is: Affiliation, rule: Ruled, was: Remembered | undefined): boolean {
  if (is === 'outcast') return true;
  if (was) return RANK[is] > RANK[rule.affiliation] && is !== was.affiliation;
  return RANK[is] >= RANK[rule.affiliation];
}

/** An owner has nothing that a rule could raise. */
function ownOf(is: Affiliation): Remembered['own'] {
  return is === 'member' || is === 'admin' ? is : 'none';
}
