import { type Feature, on, type Passage, refuse, type Refused } from '@interoffice/routing';
import { policyViolation, UNREADABLE_NAMESPACES } from '@interoffice/wire';
import { holdsKeys, isOffTheRecord } from './encrypted.js';

/**
 * What an office says of messages that the archive cannot read. `require-readable`: they are refused, keys may be
 * published, for use elsewhere; `forbid`: neither.
 */
export type EncryptionRule = 'allow' | 'require-readable' | 'forbid';

export interface EncryptionRules {
  /** By the name of the office; of what has none, that of the company. */
  of(office: string): EncryptionRule;
}

const TEXT =
  'Your company keeps what is said here, readable for its compliance officers: this message was end-to-end encrypted and was not sent. Switch the encryption off for this conversation and send it again.';
const KEYS_TEXT =
  'Your company does not allow end-to-end encryption here: no key for it is kept. Switch OMEMO, OpenPGP or OTR off in your client.';

/**
 * End-to-end encryption as a declared choice: with it a legal archive is none, and silence about that would make every
 * claim of it false. The rule of either side's office counts. What is allowed is recorded and shown as not readable.
 */
export function encryptionPolicy(rules: EncryptionRules): Feature {
  const screen = (p: Passage): Refused | undefined => (isAllowed(rules, p) ? undefined : refused(TEXT));
  return {
    name: 'encryption-policy',
    implements: [],
    hooks: [
      on('screen', { kind: 'message', has: [...UNREADABLE_NAMESPACES] }, screen),
      on('screen', { kind: 'message', type: ['chat', 'normal', 'groupchat'] }, (p) =>
        isOffTheRecord(p.bytes, p.bodyStart, p.bodyEnd) ? screen(p) : undefined,
      ),
    ],
  };
}

/** Whether the office of this account lets it publish into this node; asked before anything is written. */
export function keyPublication(rules: EncryptionRules): (office: string, node: string) => Refused | undefined {
  return (office, node) => (rules.of(office) === 'forbid' && holdsKeys(node) ? refused(KEYS_TEXT) : undefined);
}

function isAllowed(rules: EncryptionRules, { session, target }: Passage): boolean {
  const receiver = target.account?.party ?? target.hosted?.party;
  const offices = [session.party.office, ...(receiver ? [receiver.office] : [])];
  return offices.every((office) => rules.of(office.toString('utf8')) === 'allow');
}

function refused(text: string): Refused {
  return refuse(policyViolation(text), 'the office wants what is said to be readable in the archive');
}
