import { Element } from '@xmpp/xml';
import { NS } from './namespaces.js';

const TIMESTAMP = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?(?:Z|([+-])(\d{2}):(\d{2}))$/;
const MINUTE_MS = 60_000;

/** XEP-0082 §3.2, always in UTC and to the millisecond. */
export function formatTimestamp(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Milliseconds since 1970; undefined for anything that is not a DateTime of XEP-0082 §3.2 or no day of the calendar. */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text);
  if (!match) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  const date = new Date(Date.UTC(part(1), part(2) - 1, part(3), part(4), part(5), part(6)));
  if (date.getUTCMonth() !== part(2) - 1 || date.getUTCDate() !== part(3) || part(5) > 59) return undefined;
  const offset = (part(9) * 60 + part(10)) * MINUTE_MS;
  return date.getTime() + Math.floor(part(7) * 1000) - (match[8] === '-' ? -offset : offset);
}

/** When, and by whom, a stanza was held back. */
export interface Delay {
  readonly atMs: number;
  readonly from?: string;
}

/** XEP-0203 §2 */
export function delayElement(delay: Delay, reason?: string): Element {
  const from = delay.from === undefined ? {} : { from: delay.from };
  const element = new Element('delay', { xmlns: NS.delay, ...from, stamp: formatTimestamp(delay.atMs) });
  if (reason !== undefined) element.t(reason);
  return element;
}

/** The first delay the stanza tells of; undefined when there is none or its stamp is no time. */
export function readDelay(stanza: Element): Delay | undefined {
  const attrs: Record<string, unknown> = stanza.getChild('delay', NS.delay)?.attrs ?? {};
  const { stamp, from } = attrs;
  const atMs = typeof stamp === 'string' ? parseTimestamp(stamp) : undefined;
  return atMs === undefined ? undefined : { atMs, from: typeof from === 'string' ? from : undefined };
}
