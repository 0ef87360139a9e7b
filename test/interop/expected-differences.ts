/** Where Prosody 13 does something else than a script says. */
export interface Difference {
  /** What the script's first other stanza is, as play() says it. */
  readonly seen: RegExp;
  /** The clause that leaves the choice, or that Prosody does not follow. */
  readonly clause: string;
  /** A matter of chance: now and then the script passes. */
  readonly sometimes?: true;
}

const OLD_ANSWER: Difference = { seen: /"unavailable"|type="unavailable"/, clause: 'RFC 6121 §3.1 asks for no answer' };
const INTERESTED: Difference = { seen: /waited in vain/, clause: 'RFC 6121 §2.2: interested resources' };
const SHUFFLED: Difference = { seen: /set\/(first|last)/, clause: 'XEP-0059 §8: the schema alone', sometimes: true };
const DELAYED: Difference = { seen: /urn:xmpp:delay|expected 0 children, not 1/, clause: 'XEP-0203 §2' };

/** By script. docs/decisions/0019-where-prosody-differs.md says each in words; a test holds the two together. */
export const expectedDifferences: Readonly<Record<string, Difference>> = {
  'libs/features/src/blocking/blocked-message.xmpp': { seen: /waited in vain/, clause: 'XEP-0191 §3.2' },
  'libs/features/src/blocking/presence.xmpp': DELAYED,
  'libs/features/src/carbons/private.xmpp': { seen: /waited in vain.*no-copy/, clause: 'XEP-0280 §9' },
  'libs/features/src/disco/account-items.xmpp': { seen: /service-unavailable/, clause: 'XEP-0030 §8' },
  'libs/features/src/disco/strangers.xmpp': { seen: /service-unavailable/, clause: 'XEP-0030 §8' },
  'libs/features/src/last-activity/contact.xmpp': { seen: /seconds/, clause: 'XEP-0012 §4', sometimes: true },
  'libs/features/src/mam/latest.xmpp': SHUFFLED,
  'libs/features/src/mam/paging.xmpp': SHUFFLED,
  'libs/features/src/mam/times.xmpp': SHUFFLED,
  'libs/features/src/mam/unknown-id.xmpp': { seen: /"cancel", not "modify"/, clause: 'RFC 6120 §8.3.3.7' },
  'libs/features/src/mam/with.xmpp': SHUFFLED,
  'libs/features/src/offline/unwilling.xmpp': { seen: /waited in vain/, clause: 'RFC 6121 §8.5.2.2' },
  'libs/features/src/ping/account.xmpp': { seen: /@from/, clause: 'RFC 6120 §8.1.2.1' },
  'libs/features/src/presence/priority.xmpp': { seen: /expected "error"/, clause: 'RFC 6121 §4.7.2.3' },
  'libs/features/src/presence/probe.xmpp': DELAYED,
  'libs/features/src/roster/cancelled.xmpp': INTERESTED,
  'libs/features/src/roster/denied.xmpp': OLD_ANSWER,
  'libs/features/src/roster/errors.xmpp': { seen: /expected "error", not "result"/, clause: 'RFC 6121 §2.3.3' },
  'libs/features/src/roster/pre-approval.xmpp': { seen: /@approved/, clause: 'RFC 6121 §3.4.2' },
  'libs/features/src/roster/removed.xmpp': INTERESTED,
  'libs/features/src/roster/request-waits.xmpp': OLD_ANSWER,
  'libs/features/src/roster/roster-push.xmpp': { seen: /iq@to/, clause: 'RFC 6121 §2.1.6' },
  'libs/features/src/roster/subscription.xmpp': OLD_ANSWER,
  'libs/features/src/roster/unsubscribed-by-oneself.xmpp': INTERESTED,
  'libs/features/src/stanza-id/stamped.xmpp': { seen: /expected 2 children, not 3/, clause: 'XEP-0359 §3' },
  'libs/features/src/vcard/not-yours.xmpp': { seen: /expected "error", not "result"/, clause: 'XEP-0054 §3.2' },
  'libs/features/src/vcard/of-nobody.xmpp': { seen: /item-not-found/, clause: 'XEP-0054 §3.3' },
  'libs/features/src/version/version.xmpp': { seen: /expected 2 children, not 3/, clause: 'XEP-0092 §2' },
};
