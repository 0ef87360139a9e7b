import type { Account, Passage, Session } from '@interoffice/routing';
import { type Element, type Jid, NS, xml } from '@interoffice/wire';

/** The way to people at other servers. What policy does not let out, or what no line takes, is dropped. */
export interface Outward {
  /** True for an address at a domain that is not ours. */
  isAbroad(jid: Jid): boolean;
  /** A stanza that the server sends for an account of ours; `from` and `to` stand in it. */
  say(stanza: Element): void;
  /** Presence that a device sends to one address there; who may not is told so. */
  pass(p: Passage): void;
  /** Presence of a device of ours, as it was broadcast, to one address. */
  show(presence: Buffer, author: Session, to: Jid): void;
}

/** Where all domains are ours. */
export const NOWHERE_OUTWARD: Outward = {
  isAbroad: () => false,
  say: () => undefined,
  pass: () => undefined,
  show: () => undefined,
};

/** Which devices of an account are there, to somebody who sees it from now on. RFC 6121 §3.1.5 */
export function showAbroad(account: Account, to: Jid, outward: Outward): void {
  for (const device of account.sessions.values()) {
    if (device.presence) outward.show(device.presence.bytes, device, to);
  }
}

/** … and that its devices are gone, to somebody who sees it no longer. RFC 6121 §3.2.2 */
export function hideAbroad(account: Account, to: Jid, outward: Outward): void {
  for (const { presence, jid } of account.sessions.values()) {
    if (!presence) continue;
    const from = jid.toString();
    outward.say(xml('presence', { xmlns: NS.client, type: 'unavailable', from, to: to.toString() }));
  }
}
