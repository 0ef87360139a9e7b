export { Policy, type ConsideredRule, type Crossing, type PolicyDecision, type PolicyExplanation } from './policy.js';
export { type OwnSide, type Rule, RULE_LIMITS, type Who } from './rule.js';
export { type RuleChanges, ruleChanges, saySame } from './rule-changes.js';
export {
  classesOf,
  type CrossingStanza,
  type Direction,
  DIRECTIONS,
  isOfNoClass,
  STANZA_CLASSES,
  type StanzaClass,
} from './stanza-class.js';
