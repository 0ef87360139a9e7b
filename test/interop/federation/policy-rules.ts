// Who may talk to whom in policy-matrix.spec.ts: one set of rules for each office, and a domain of the partner's for each
// thing that a rule can say. Domains stand here without `.example`.

const EVERYTHING = ['chat', 'room', 'presence', 'file', 'call', 'pubsub', 'iq'];
const LONG_AGO = '2020-01-01';

interface WrittenRule {
  readonly peers: readonly string[];
  readonly effect?: 'allow' | 'deny';
  readonly classes?: readonly string[];
  readonly directions?: readonly ('in' | 'out')[];
  readonly who?: readonly object[];
  readonly expires?: string;
}

/** By name. */
type RuleSet = Readonly<Record<string, WrittenRule>>;

/** Nothing passes but what a rule says. */
const BERLIN: RuleSet = {
  plain: { peers: ['plain', 'conference.plain'], classes: ['chat', 'presence'] },
  below: { peers: ['*.below'], classes: ['chat'] },
  inward: { peers: ['inward'], directions: ['in'], classes: ['chat', 'presence', 'iq'] },
  outward: { peers: ['outward'], directions: ['out'], classes: ['chat', 'presence', 'iq'] },
  ended: { peers: ['ended'], classes: ['chat'], expires: LONG_AGO },
  again: { peers: ['again', 'conference.again'], classes: ['chat', 'file'] },
  'no-files-then': { effect: 'deny', peers: ['again'], classes: ['file'], expires: LONG_AGO },
  sales: { peers: ['sales'], classes: ['chat', 'iq'], who: [{ office: 'Sales' }] },
  dora: { peers: ['vip'], classes: ['chat'], who: [{ account: 'dora@berlin.example' }] },
  offices: { peers: ['tokyo', 'conference.tokyo', 'paris'] },
};

/** Everything passes but what a rule denies, wherever it stands. */
const TOKYO: RuleSet = {
  'no-files': { effect: 'deny', peers: ['plain', 'conference.plain'], classes: ['file'] },
  everybody: { peers: ['*'] },
  'no-calls': { effect: 'deny', peers: ['*'], classes: ['call'], who: [{ account: 'kenji@tokyo.example' }] },
  'not-the-lab': { effect: 'deny', peers: ['sales'], who: [{ office: 'Lab' }] },
  'one-way': { effect: 'deny', peers: ['inward'], directions: ['out'] },
  never: { effect: 'deny', peers: ['denied', '*.denied'] },
};

/** Words and rooms, no files; and Berlin may write, but is not written to. */
const PARIS: RuleSet = {
  words: { peers: ['plain', 'conference.plain'], classes: ['chat', 'room', 'presence'] },
  berlin: { peers: ['berlin'], directions: ['in'] },
};

/** As lines of YAML below `federation`. */
export const RULES = { berlin: written(BERLIN), tokyo: written(TOKYO), paris: written(PARIS) };

function written(rules: RuleSet): string {
  const all = Object.entries(rules).map(([name, { peers, effect = 'allow', classes = EVERYTHING, ...rest }]) => ({
    name,
    effect,
    peers: peers.map((peer) => (peer === '*' ? peer : `${peer}.example`)),
    classes,
    ...rest,
    reason: `The reason of ${name}.`,
    owner: 'it@berlin.example',
  }));
  return `  rules: ${JSON.stringify(all)}`;
}
