import { decodePunycode } from './punycode.js';

const LETTERS_DIGITS_HYPHENS = /^[a-z0-9.-]+$/;
const ONLY_ASCII_ALLOWED = /^[a-zA-Z0-9.\u0080-\u{10FFFF}-]+$/u;
const IP_LITERAL = /^\[[0-9a-fA-F:.]+\]$/;
const MAX_DNS_BYTES = 253;
const MAX_LABEL_BYTES = 63;

function isLabel(label: string): boolean {
  if (label.length === 0 || label.length > MAX_LABEL_BYTES) return false;
  if (label.startsWith('-') || label.endsWith('-')) return false;
  return label.slice(2, 4) !== '--' || label.startsWith('xn--');
}

/** The host as the engine's URL parser, which follows UTS #46, writes it; undefined when it refuses. */
function hostOf(text: string): string | undefined {
  try {
    return new URL(`http://${text}/`).hostname;
  } catch {
    return undefined;
  }
}

function toUnicode(ascii: string): string | undefined {
  const labels: string[] = [];
  for (const label of ascii.split('.')) {
    const decoded = label.startsWith('xn--') ? decodePunycode(label.slice('xn--'.length)) : label;
    if (decoded === undefined) return undefined;
    labels.push(decoded);
  }
  return labels.join('.');
}

/**
 * A domain in the one form in which equal domains are equal: lower case, without the last dot, international labels in
 * Unicode however they were written (RFC 7622 §3.2), IPv6 literals in brackets. Undefined when it is no domain.
 */
export function prepareDomain(text: string): string | undefined {
  if (IP_LITERAL.test(text)) return hostOf(text);
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (!ONLY_ASCII_ALLOWED.test(name)) return undefined;
  const lower = name.toLowerCase();
  const isPlain = LETTERS_DIGITS_HYPHENS.test(lower) && !lower.includes('xn--');
  const ascii = isPlain ? lower : hostOf(lower);
  if (ascii === undefined || ascii.length > MAX_DNS_BYTES || !LETTERS_DIGITS_HYPHENS.test(ascii)) return undefined;
  if (!ascii.split('.').every(isLabel)) return undefined;
  if (isPlain) return lower;
  const unicode = toUnicode(ascii);
  // An A-label that no U-label leads to would be a second address of the same look.
  return unicode !== undefined && hostOf(unicode) === ascii ? unicode : undefined;
}
