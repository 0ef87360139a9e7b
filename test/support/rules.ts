import { type Rule, STANZA_CLASSES } from '@interoffice/policy';

/** A rule that lets everybody exchange everything with these peers, both ways; whatever else is given is as the test wants it. */
export function rule(changes: Partial<Rule> & Pick<Rule, 'peers'>): Rule {
  return {
    id: 'partners',
    effect: 'allow',
    directions: ['in', 'out'],
    classes: STANZA_CLASSES,
    who: ['everybody'],
    reason: 'We work together.',
    owner: 'it@im.example',
    expiresAt: undefined,
    ...changes,
  };
}
