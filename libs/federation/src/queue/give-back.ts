import type { Accounts, Session } from '@interoffice/routing';
import { errorReply, type Jid, parseJid, remoteServerTimeout } from '@interoffice/wire';
import type { GivenUp, OutboundRow } from './line.js';
import { stanzaOf } from './outgoing-bytes.js';

export interface GivingBack {
  readonly peer: string;
  /** True for an address at a domain that is not ours. */
  readonly isAbroad: (jid: Jid) => boolean;
  readonly correspondent: (jid: Jid) => Session;
  readonly accounts: Pick<Accounts, 'load'>;
}

/** The author's devices read that it was not sent; where none is there, it stands in the log and on the peer's page. */
export async function giveBack({ bytes, atMs }: OutboundRow, why: GivenUp, parts: GivingBack): Promise<void> {
  const message = stanzaOf(bytes);
  if (message.attrs['type'] === 'error') return;
  const error = errorReply(message, remoteServerTimeout(whyNot(why, parts.peer, atMs)));
  const from = parseJid(String(message.attrs['from']));
  // What was passed on goes back the way it came.
  if (parts.isAbroad(from)) return parts.correspondent(from).send(error);
  const account = await parts.accounts.load(from.bare).catch(() => undefined);
  const device = account?.sessions.get(from.resource ?? '');
  const devices = device ? [device] : [...(account?.sessions.values() ?? [])].filter(({ presence }) => presence);
  for (const session of devices) session.send(error);
}

function whyNot(why: GivenUp, peer: string, atMs: number): string {
  if (why === 'denied') {
    return `The company allows no exchange with ${peer} any more; the message had not been delivered until then.`;
  }
  if (why === 'refused-again') {
    return `The server of ${peer} breaks the connection over this message each time; it was not delivered.`;
  }
  return `The server of ${peer} could not be reached since ${new Date(atMs).toISOString()}; the message was not delivered.`;
}
