import type { Sort } from './crossing.js';

/**
 * What becomes of a stanza. `refused`: whoever sent it is told that it is against policy. `unseen`: it is presence, and
 * nothing arrives. `turned away`: the other server is not let in, and tells its own people.
 */
export type Expected = 'delivered' | 'refused' | 'unseen' | 'turned away';

/** Who sends what to whom, what becomes of it, and the rule that says so; '': no rule allows it. Without `.example`. */
export type Row = readonly [from: string, what: Sort, to: string, expected: Expected, rule: string];

/** Whose rules decide, and what they decide. Rows of one office go one after the other. */
export const CASES: Readonly<Record<'berlin' | 'tokyo' | 'paris', readonly Row[]>> = {
  berlin: [
    ['ada@berlin', 'words', 'pat@plain', 'delivered', 'plain'],
    ['pat@plain', 'words', 'ada@berlin', 'delivered', 'plain'],
    ['ada@berlin', 'presence', 'pat@plain', 'delivered', 'plain'],
    ['pat@plain', 'presence', 'ada@berlin', 'delivered', 'plain'],
    // A class that no rule names passes neither way.
    ['ada@berlin', 'a file', 'pat@plain', 'refused', ''],
    ['pat@plain', 'a file', 'ada@berlin', 'refused', ''],
    ['ada@berlin', 'a call', 'pat@plain', 'refused', ''],
    ['pat@plain', 'a call', 'ada@berlin', 'refused', ''],
    ['ada@berlin', 'an event', 'pat@plain', 'refused', ''],
    ['pat@plain', 'a request for items', 'ada@berlin', 'refused', ''],
    ['ada@berlin', 'a question', 'pat@plain', 'refused', ''],
    ['pat@plain', 'a question', 'ada@berlin', 'refused', ''],
    ['ada@berlin', 'an invitation', 'pat@plain', 'refused', ''],
    ['ada@berlin', 'words', 'lobby@conference.plain', 'refused', ''],
    ['pat@plain', 'words', 'team@conference.berlin', 'refused', ''],
    // `*.below` is what lies below, and not the domain itself.
    ['ada@berlin', 'words', 'pat@eu.below', 'delivered', 'below'],
    ['pat@eu.below', 'words', 'ada@berlin', 'delivered', 'below'],
    ['ada@berlin', 'words', 'pat@below', 'refused', ''],
    ['pat@below', 'words', 'ada@berlin', 'turned away', ''],
    // One way only.
    ['pat@inward', 'words', 'ada@berlin', 'delivered', 'inward'],
    ['ada@berlin', 'words', 'pat@inward', 'refused', ''],
    ['pat@inward', 'presence', 'ada@berlin', 'delivered', 'inward'],
    ['ada@berlin', 'presence', 'pat@inward', 'unseen', ''],
    ['pat@inward', 'a question', 'ada@berlin', 'delivered', 'inward'],
    ['ada@berlin', 'a question', 'pat@inward', 'refused', ''],
    ['ada@berlin', 'words', 'pat@outward', 'delivered', 'outward'],
    ['pat@outward', 'words', 'ada@berlin', 'refused', ''],
    ['ada@berlin', 'presence', 'pat@outward', 'delivered', 'outward'],
    ['pat@outward', 'presence', 'ada@berlin', 'unseen', ''],
    ['ada@berlin', 'a question', 'pat@outward', 'delivered', 'outward'],
    ['pat@outward', 'a question', 'ada@berlin', 'refused', ''],
    // What has expired says nothing, whether it allowed or denied.
    ['ada@berlin', 'words', 'pat@ended', 'refused', ''],
    ['pat@ended', 'words', 'ada@berlin', 'turned away', ''],
    ['ada@berlin', 'a file', 'pat@again', 'delivered', 'again'],
    // Words and files are allowed, but a room is neither.
    ['ada@berlin', 'a file', 'hall@conference.again', 'refused', ''],
    // By office and by account.
    ['ben@berlin', 'words', 'pat@sales', 'delivered', 'sales'],
    ['ada@berlin', 'words', 'pat@sales', 'refused', ''],
    ['pat@sales', 'words', 'ben@berlin', 'delivered', 'sales'],
    ['pat@sales', 'words', 'ada@berlin', 'refused', ''],
    ['dora@berlin', 'words', 'pat@vip', 'delivered', 'dora'],
    ['ada@berlin', 'words', 'pat@vip', 'refused', ''],
    ['pat@vip', 'words', 'dora@berlin', 'delivered', 'dora'],
    ['pat@vip', 'words', 'ada@berlin', 'refused', ''],
    // A domain of which no rule has ever heard.
    ['ada@berlin', 'words', 'pat@nobody', 'refused', ''],
    ['ada@berlin', 'a question', 'pat@nobody', 'refused', ''],
    ['ada@berlin', 'presence', 'pat@nobody', 'unseen', ''],
    // Between offices both have to allow it; here the other one does.
    ['ada@berlin', 'words', 'yuki@tokyo', 'delivered', 'offices'],
    ['yuki@tokyo', 'a call', 'ada@berlin', 'delivered', 'offices'],
    ['ada@berlin', 'words', 'pierre@paris', 'delivered', 'offices'],
    ['ada@berlin', 'a file', 'lab@conference.tokyo', 'delivered', 'offices'],
  ],
  tokyo: [
    ['yuki@tokyo', 'words', 'pat@plain', 'delivered', 'everybody'],
    ['yuki@tokyo', 'an event', 'pat@plain', 'delivered', 'everybody'],
    ['yuki@tokyo', 'a request for items', 'pat@plain', 'delivered', 'everybody'],
    ['yuki@tokyo', 'a question', 'pat@plain', 'delivered', 'everybody'],
    // A rule that denies is stronger than one that allows everything, wherever it stands.
    ['yuki@tokyo', 'a file', 'pat@plain', 'refused', 'no-files'],
    ['pat@plain', 'a file', 'yuki@tokyo', 'refused', 'no-files'],
    ['yuki@tokyo', 'a file', 'pat@again', 'delivered', 'everybody'],
    ['yuki@tokyo', 'a call', 'pat@plain', 'delivered', 'everybody'],
    ['kenji@tokyo', 'a call', 'pat@plain', 'refused', 'no-calls'],
    ['pat@plain', 'a call', 'kenji@tokyo', 'refused', 'no-calls'],
    ['kenji@tokyo', 'words', 'pat@plain', 'delivered', 'everybody'],
    ['emi@tokyo', 'words', 'pat@sales', 'refused', 'not-the-lab'],
    ['pat@sales', 'words', 'emi@tokyo', 'refused', 'not-the-lab'],
    ['yuki@tokyo', 'words', 'pat@sales', 'delivered', 'everybody'],
    ['pat@inward', 'words', 'yuki@tokyo', 'delivered', 'everybody'],
    ['yuki@tokyo', 'words', 'pat@inward', 'refused', 'one-way'],
    ['yuki@tokyo', 'presence', 'pat@inward', 'unseen', 'one-way'],
    ['yuki@tokyo', 'words', 'pat@denied', 'refused', 'never'],
    ['yuki@tokyo', 'presence', 'pat@denied', 'unseen', 'never'],
    ['yuki@tokyo', 'words', 'pat@sub.denied', 'refused', 'never'],
    ['pat@denied', 'words', 'yuki@tokyo', 'turned away', 'never'],
    // In rooms, theirs and ours: a file is a file there as well.
    ['yuki@tokyo', 'words', 'lobby@conference.plain', 'delivered', 'everybody'],
    ['yuki@tokyo', 'a file', 'lobby@conference.plain', 'refused', 'no-files'],
    ['pat@plain', 'words', 'lab@conference.tokyo', 'delivered', 'everybody'],
    ['pat@plain', 'a file', 'lab@conference.tokyo', 'refused', 'no-files'],
  ],
  paris: [
    ['pierre@paris', 'words', 'pat@plain', 'delivered', 'words'],
    ['pierre@paris', 'a file', 'pat@plain', 'refused', ''],
    ['pat@plain', 'an invitation', 'pierre@paris', 'delivered', 'words'],
    ['pierre@paris', 'words', 'lobby@conference.plain', 'delivered', 'words'],
    ['pierre@paris', 'a file', 'lobby@conference.plain', 'refused', ''],
    ['ada@berlin', 'a question', 'pierre@paris', 'delivered', 'berlin'],
    ['pierre@paris', 'words', 'ada@berlin', 'refused', ''],
    ['pierre@paris', 'words', 'yuki@tokyo', 'refused', ''],
  ],
};
