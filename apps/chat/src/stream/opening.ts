import { childOf, escaped, NS, type Frame, type XmlElement } from './frame.js';
import type { Line } from './line.js';

/** For whom a stream is opened, and with what. */
export interface Credentials {
  readonly jid: string;
  /** Good for one log-in. */
  readonly token: string;
}

/** The server does not let this account in; the message is its condition (RFC 6120 §6.5). */
export class Refused extends Error {}

/**
 * Opens a stream on the line and authenticates on it (RFC 7395 §3.4, RFC 6120 §6); gives the features of the stream that
 * is authenticated. Each answer must come within the limit. Rejects with Refused, or LineLost.
 */
export async function authenticate(line: Line, { jid, token }: Credentials, limitMs: number): Promise<Frame> {
  const domain = jid.slice(jid.indexOf('@') + 1);
  await restart(line, domain, limitMs);
  line.send(`<auth xmlns='${NS.sasl}' mechanism='PLAIN'>${plain(jid.slice(0, jid.indexOf('@')), token)}</auth>`);
  const { element } = await line.next(limitMs);
  if (element.localName !== 'success') throw new Refused(conditionOf(element));
  return restart(line, domain, limitMs);
}

async function restart(line: Line, domain: string, limitMs: number): Promise<Frame> {
  line.send(`<open xmlns='${NS.framing}' to='${escaped(domain)}' version='1.0'/>`);
  expect(await line.next(limitMs), 'open');
  return expect(await line.next(limitMs), 'features');
}

function expect(frame: Frame, name: string): Frame {
  if (frame.element.localName !== name) throw new Refused(conditionOf(frame.element));
  return frame;
}

/** RFC 4616 §2, in base64 over UTF-8. */
function plain(user: string, password: string): string {
  return btoa(String.fromCodePoint(...new TextEncoder().encode(`\0${user}\0${password}`)));
}

function conditionOf(element: XmlElement): string {
  const [condition] = element.children;
  return condition?.localName ?? element.localName;
}

/** Whether the stream offers resumption. XEP-0198 §2 */
export function offersResumption(features: XmlElement): boolean {
  return childOf(features, 'sm', NS.sm) !== undefined;
}
