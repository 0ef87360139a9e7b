import {
  areOnSpeakingTerms,
  type Account,
  type Accounts,
  type Broadcast,
  facet,
  type Feature,
  hasBlocked,
  type Passage,
  rosterOf,
  type Session,
  showsPresenceTo,
  type Take,
} from '@interoffice/routing';
import type { Clock } from '@interoffice/telemetry';
import { badRequest, errorReply, NS, tryJid, xml } from '@interoffice/wire';
import { NOWHERE_OUTWARD, type Outward } from '../outward.js';

/** Addresses a device has sent directed presence to, which are to hear when it goes. RFC 6121 §4.6.3 */
const directedTo = facet<ReadonlySet<string>>('presence.directed', new Set());
/** A device that tells more people than this directly is not told apart from one that floods. */
const MOST_DIRECTED = 1000;

export interface PresenceParts {
  readonly accounts: Pick<Accounts, 'peek'>;
  readonly clock: Clock;
  /** Undefined where all domains are ours. */
  readonly outward?: Outward;
  /** Told when a device has become available, at each of its broadcasts, and when it takes messages to the account. */
  readonly announce: Readonly<Record<'available' | 'broadcast' | 'willing', (session: Session) => void>>;
}

/** Who is there: broadcast, probes and directed presence. RFC 6121 §4 */
export function presence(parts: PresenceParts): Feature {
  const takes: Take[] = [
    { type: ['available', 'unavailable'], to: 'broadcast', take: (p) => broadcast(p, parts) },
    { type: ['available', 'unavailable'], to: 'account', take: (p) => direct(p) },
    { type: ['available', 'unavailable'], to: 'device', take: (p) => direct(p) },
    { type: ['available', 'unavailable'], to: 'elsewhere', take: (p) => directAbroad(p, outwardOf(parts)) },
    { type: ['probe'], to: 'elsewhere', take: (p) => outwardOf(parts).pass(p) },
    { type: ['probe'], to: 'account', take: (p) => answerProbe(p) },
  ];
  return {
    name: 'presence',
    implements: [{ rfc: 6121, section: '4' }],
    takes,
    watches: { gone: (session) => leave(session, parts), restored: (session) => showAgain(session, parts) },
  };
}

function broadcast(p: Passage, parts: PresenceParts): void {
  const { session } = p;
  // It may have waited behind a message: the device may be gone, and everybody been told.
  if (!session.isOpen) return;
  if (p.type === 'unavailable') {
    leave(session, parts, p.retain());
    return parts.announce.broadcast(session);
  }
  const priority = readPriority(p.text('priority'));
  if (priority === undefined) {
    return session.send(errorReply(p.tree(), badRequest('A priority is a whole number from -128 to 127.')));
  }
  const isFirst = session.presence === undefined;
  const wasWilling = session.isWilling;
  session.presence = { bytes: p.retain(), priority, show: p.text('show') ?? '', atMs: parts.clock.now() };
  tellEverybody(session, session.presence.bytes, parts);
  if (isFirst) {
    askEverybody(session, parts);
    parts.announce.available(session);
  }
  parts.announce.broadcast(session);
  if (session.isWilling && !wasWilling) parts.announce.willing(session);
}

/** RFC 6121 §4.7.2.3; a malformed one is an error rather than a guess. */
function readPriority(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return 0;
  const value = /^\s*[+-]?\d{1,3}\s*$/.test(text) ? Number(text) : NaN;
  return value >= -128 && value <= 127 ? value : undefined;
}

/** The device becomes unavailable: by its own word (`bytes`), or because its stream has ended. RFC 6121 §4.5 */
function leave(session: Session, parts: PresenceParts, bytes?: Buffer): void {
  const wasAvailable = session.presence !== undefined;
  const stanza = bytes ?? unavailable(session);
  session.presence = undefined;
  if (wasAvailable) tellEverybody(session, stanza, parts);
  const outward = outwardOf(parts);
  for (const bare of session.get(directedTo)) {
    const abroad = tryJid(bare);
    if (abroad && outward.isAbroad(abroad)) {
      if (!(wasAvailable && showsPresenceTo(session.account, abroad.bare))) outward.show(stanza, session, abroad);
      continue;
    }
    const account = parts.accounts.peek(bare);
    // Who sees the broadcast has heard it already.
    if (account && !(wasAvailable && showsPresenceTo(session.account, bare))) toAvailable(account, stanza, session);
  }
  session.put(directedTo, new Set());
}

function unavailable(session: Session): Buffer {
  return Buffer.from(`<presence xmlns='${NS.client}'${session.fromAttribute.toString()} type='unavailable'/>`);
}

/** To one's own devices and to everybody who may see it; one serialisation for all of them. */
function tellEverybody(session: Session, bytes: Buffer, parts: PresenceParts): void {
  const { account } = session;
  const outward = outwardOf(parts);
  toAvailable(account, bytes);
  if (session.isOpen && session.presence === undefined) session.deliver(bytes, 0, bytes.length);
  for (const { jid, subscription } of account.get(rosterOf).contacts.values()) {
    if (subscription !== 'from' && subscription !== 'both') continue;
    if (outward.isAbroad(jid)) {
      if (!hasBlocked(account, jid)) outward.show(bytes, session, jid);
      continue;
    }
    const contact = parts.accounts.peek(jid.bare);
    if (contact && contact.sessions.size > 0 && areOnSpeakingTerms(account, contact)) toAvailable(contact, bytes);
  }
}

/** What a probe to each contact would answer: where both sides are ours, nobody has to be asked. RFC 6121 §4.3 */
function askEverybody(session: Session, parts: PresenceParts): void {
  const { account } = session;
  const outward = outwardOf(parts);
  for (const other of account.sessions.values()) if (other !== session) show(other.presence, session);
  for (const { jid, subscription } of account.get(rosterOf).contacts.values()) {
    if (subscription !== 'to' && subscription !== 'both') continue;
    if (outward.isAbroad(jid)) {
      probe(session, jid.bare, outward);
      continue;
    }
    const contact = parts.accounts.peek(jid.bare);
    if (!contact || !showsPresenceTo(contact, account.bare) || !areOnSpeakingTerms(account, contact)) continue;
    for (const device of contact.sessions.values()) show(device.presence, session);
  }
}

/**
 * A device that was away while the server was restarted: others are told again that it is there, and it is told who is
 * there and who is not, for it may believe what was true before.
 */
function showAgain(session: Session, parts: PresenceParts): void {
  if (!session.presence) return;
  const { account } = session;
  tellEverybody(session, session.presence.bytes, parts);
  askEverybody(session, parts);
  for (const { jid, subscription } of account.get(rosterOf).contacts.values()) {
    if (subscription !== 'to' && subscription !== 'both') continue;
    const contact = parts.accounts.peek(jid.bare);
    // What is true of people elsewhere comes with the answers to the probes.
    const isThere = contact && [...contact.sessions.values()].some((device) => device.presence);
    if (!isThere) session.send(xml('presence', { xmlns: NS.client, from: jid.bare, type: 'unavailable' }));
  }
}

function show(presence: Broadcast | undefined, viewer: Session): void {
  if (presence) viewer.deliver(presence.bytes, 0, presence.bytes.length);
}

/** RFC 6121 §4.3.1: from the full JID, which the answer then comes to. */
function probe(session: Session, to: string, outward: Outward): void {
  outward.say(xml('presence', { xmlns: NS.client, type: 'probe', from: session.jid.toString(), to }));
}

function outwardOf({ outward = NOWHERE_OUTWARD }: PresenceParts): Outward {
  return outward;
}

function toAvailable(account: Account, bytes: Buffer, except?: Session): void {
  for (const device of account.sessions.values()) {
    if (device.presence && device !== except) device.deliver(bytes, 0, bytes.length);
  }
}

/** RFC 6121 §4.6: to the devices named, and remembered so that they hear of the end. */
function direct(p: Passage): void {
  const { session, target } = p;
  if (!session.isOpen) return;
  const account = target.account!;
  const bytes = p.retain();
  // Who is at another server is told there of what they have told.
  if (!session.border) remember(session, account.bare, p.type === 'available');
  if (target.class === 'account') return toAvailable(account, bytes);
  account.sessions.get(target.jid.resource!)?.deliver(bytes, 0, bytes.length);
}

function directAbroad(p: Passage, outward: Outward): void {
  const { session, target } = p;
  if (!session.isOpen) return;
  remember(session, target.jid.toString(), p.type === 'available');
  outward.pass(p);
}

function remember(session: Session, bare: string, isAvailable: boolean): void {
  const known = session.get(directedTo);
  if (isAvailable ? known.has(bare) || known.size >= MOST_DIRECTED : !known.has(bare)) return;
  const next = new Set(known);
  if (isAvailable) next.add(bare);
  else next.delete(bare);
  session.put(directedTo, next);
}

/** RFC 6121 §4.3.2 */
function answerProbe(p: Passage): void {
  const account = p.target.account!;
  const { session } = p;
  if (hasBlocked(account, session.jid)) return;
  if (!showsPresenceTo(account, session.account.bare)) {
    return session.send(
      xml('presence', { xmlns: NS.client, type: 'unsubscribed', from: account.bare, to: session.jid.toString() }),
    );
  }
  for (const device of account.sessions.values()) show(device.presence, session);
}
