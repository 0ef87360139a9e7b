import { deviceOf, type Target } from './address.js';
import type { RecordedStanza, Session } from './session.js';
import type { StanzaType } from './stanza-type.js';

/** What a message is to delivery: its type, its bytes in some buffer, and where it goes. */
export interface Delivering extends RecordedStanza {
  readonly type: StanzaType;
  readonly target: Target;
  /** False: delivered and not kept, such as a chat state. */
  readonly isRecorded: boolean;
}

/** What became of it: `waiting` is for the account's next device, which reads it from the journal. */
export type Outcome = 'delivered' | 'waiting' | 'undeliverable' | 'ignored';

/**
 * Which devices get a message, and what if none. RFC 6121 §8.5
 *
 * To a full JID: that device, whatever its priority; a chat to a device that is gone goes to the account instead, other
 * types go nowhere else. To a bare JID: every available device with a priority of zero or more.
 */
export function deliver(m: Delivering): Outcome {
  const { target, type } = m;
  if (target.class === 'device') {
    const device = deviceOf(target);
    if (device) return send(device, m);
    if (type === 'headline' || type === 'error') return 'ignored';
    if (type !== 'chat') return 'undeliverable';
  }
  // RFC 6121 §8.5.2.1.1: an error never goes to a bare JID; groupchat was refused before.
  if (type === 'error') return 'ignored';
  let count = 0;
  for (const session of target.account!.sessions.values()) {
    if (!session.isWilling) continue;
    send(session, m);
    count++;
  }
  if (count > 0) return 'delivered';
  return type === 'headline' ? 'ignored' : 'waiting';
}

function send(device: Session, m: Delivering): Outcome {
  if (m.isRecorded) device.deliverRecorded(m);
  // Errors, IQs and presence are somebody's answer; everything else that is not kept is of this moment only.
  else if (m.type === 'error') device.deliver(m.bytes, m.start, m.end);
  else device.deliverFleeting(m.bytes, m.start, m.end);
  return 'delivered';
}
