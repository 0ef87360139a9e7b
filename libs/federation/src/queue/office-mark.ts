import type { Passage } from '@interoffice/routing';
import { escapeAttribute, lasting, NS } from '@interoffice/wire';

const OFFICE = Buffer.from('<office ');
/** Longer than any of them. */
const MOST_BYTES = 4_000;
const [OF, ROW] = [/ of=["']([^"']*)["']/, / row=["']([0-7][0-9a-f]{15})["']/];
const WHOLE_ROW = /^[0-7][0-9a-f]{15}$/;
const ROW_DIGITS = 16;
const APOSTROPHE = 0x27;
const END = Buffer.from("'/>");
const prefixes = new Map<string, Buffer>();

/**
 * What one of our domains sends to another office carries the id of its row in the journal here, by which both know it:
 * receipts name it, and what a room says again is known by it.
 */
export function markFor(domain: string, p: Passage): void {
  p.additions.child(prefixOf(domain));
  p.additions.id(p.idHigh, p.idLow);
  p.additions.child(END);
}

/** The row of this domain that a marked stanza is. The mark stands behind all that its author wrote. */
export function rowOf(domain: string, stanza: Buffer): string | undefined {
  const at = stanza.lastIndexOf(OFFICE);
  if (at < 0) return undefined;
  // As we write it ourselves.
  const [prefix, from] = [prefixOf(domain), at + prefixOf(domain).length];
  if (stanza.compare(prefix, 0, prefix.length, at, from) === 0) {
    const row = stanza.toString('latin1', from, from + ROW_DIGITS);
    if (WHOLE_ROW.test(row) && stanza[from + ROW_DIGITS] === APOSTROPHE) return row;
  }
  const [mark = ''] = stanza.toString('utf8', at, Math.min(stanza.length, at + MOST_BYTES)).split('>', 1);
  return OF.exec(mark)?.[1] === escapeAttribute(domain) ? ROW.exec(mark)?.[1] : undefined;
}

/** One for each domain of ours and of our offices: they are few. */
function prefixOf(domain: string): Buffer {
  const known = prefixes.get(domain);
  if (known) return known;
  const made = lasting(`<office xmlns='${NS.office}' of='${escapeAttribute(domain)}' row='`);
  prefixes.set(domain, made);
  return made;
}
