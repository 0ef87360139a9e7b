import { PolicyClass, type PolicyRule, type PolicyWho } from '@interoffice/contract';

/** Which way a rule is about. */
export function waysOf({ directions }: Pick<PolicyRule, 'directions'>): string {
  if (directions.length === 2) return 'both ways';
  return directions[0] === 'in' ? 'inwards' : 'outwards';
}

/** What a rule is about. */
export function classesOf({ classes }: Pick<PolicyRule, 'classes'>): string {
  return PolicyClass.options.every((one) => classes.includes(one)) ? 'everything' : classes.join(', ');
}

/** Whom of ours a rule is about. */
export function peopleOf({ who }: Pick<PolicyRule, 'who'>): string {
  return who.map(wordOf).join(', ');
}

function wordOf(who: PolicyWho): string {
  if (who === 'everybody') return 'everybody';
  if ('account' in who) return who.account;
  return 'group' in who ? `group ${who.group}` : `office ${who.office}`;
}
