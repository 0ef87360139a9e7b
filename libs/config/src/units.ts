import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** An address to listen on or to call. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

const SECOND_MS = 1000;
const DURATION_MS: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  s: SECOND_MS,
  second: SECOND_MS,
  min: 60 * SECOND_MS,
  minute: 60 * SECOND_MS,
  h: 3600 * SECOND_MS,
  hour: 3600 * SECOND_MS,
  d: 86_400 * SECOND_MS,
  day: 86_400 * SECOND_MS,
  week: 7 * 86_400 * SECOND_MS,
  year: 365 * 86_400 * SECOND_MS,
};
const SIZE_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  byte: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  tb: 1000 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** `30s`, `5 minutes`, `1.5 h` as milliseconds; undefined for anything else, a bare number included. */
export function parseDuration(text: string): number | undefined {
  return withUnit(text, DURATION_MS);
}

/** `256 kB`, `8 MiB`, `100 bytes` as bytes (kB = 1000, KiB = 1024); undefined for anything else. */
export function parseSize(text: string): number | undefined {
  return withUnit(text, SIZE_BYTES);
}

/** `127.0.0.1:5222`, `[::1]:5222`, `ldap.example:636`; undefined for anything else. Port 0 lets the system choose. */
export function parseAddress(text: string): SocketAddress | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/i.exec(text.trim());
  if (!found) return undefined;
  const [, ipv6, name, digits] = found;
  const port = Number(digits);
  if (port > 65_535 || (ipv6 !== undefined && isIP(ipv6) !== 6)) return undefined;
  return { host: ipv6 ?? String(name), port };
}

/** A domain name as people write it, lower case; undefined when it cannot be one. RFC 7622 §3.2 has the last word. */
export function parseDomain(text: string): string | undefined {
  const domain = text.trim().toLowerCase().replace(/\.$/, '');
  const ascii = domainToASCII(domain);
  const labels = ascii.split('.');
  const wellFormed = labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  return wellFormed && ascii.length <= 253 && isIP(domain) === 0 ? domain : undefined;
}

function withUnit(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const found = /^(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]+)$/i.exec(text.trim());
  if (!found) return undefined;
  const unit = String(found[2]).toLowerCase();
  const factor = Object.hasOwn(units, unit) ? units[unit] : pluralOf(unit, units);
  return factor === undefined ? undefined : Math.round(Number(found[1]) * factor);
}

function pluralOf(unit: string, units: Readonly<Record<string, number>>): number | undefined {
  const singular = unit.endsWith('s') ? unit.slice(0, -1) : '';
  return singular.length > 2 && Object.hasOwn(units, singular) ? units[singular] : undefined;
}
