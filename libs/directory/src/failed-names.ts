import { isIPv6 } from 'node:net';
import type { Clock } from '@interoffice/telemetry';

/** Different names that may fail from one network address within a quarter of an hour. A large office has one address. */
export const MOST_FAILED_NAMES = 100;
const WINDOW_MS = 15 * 60_000;
/** Addresses remembered; at the bound the one that has failed least lately is forgotten. */
const MOST_ADDRESSES = 2000;

interface Failing {
  readonly names: Set<string>;
  readonly sinceMs: number;
  /** Nobody is let in from there before. */
  untilMs: number;
}

/**
 * Notices who goes through names from one network address: after so many different ones that failed, and that nobody
 * logged in under, the address waits for 15 minutes; others do not. What was wrong with a directory must not be told here.
 * Memory is bounded. Of IPv6 the network of 64 bits counts, which is what one customer gets. A-07
 */
export class FailedNames {
  readonly #failing = new Map<string, Failing>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#failing.size;
  }

  /** Milliseconds that this address has to wait, or 0. */
  waitMs(address: string): number {
    return Math.max(0, (this.#failing.get(networkOf(address))?.untilMs ?? 0) - this.#clock.now());
  }

  failed(address: string, name: string): void {
    const now = this.#clock.now();
    const network = networkOf(address);
    const known = this.#failing.get(network);
    const isCurrent = known && (now - known.sinceMs < WINDOW_MS || now < known.untilMs);
    const failing = isCurrent ? known : { names: new Set<string>(), sinceMs: now, untilMs: 0 };
    if (now >= failing.untilMs) failing.names.add(name);
    if (failing.names.size >= MOST_FAILED_NAMES) {
      failing.names.clear();
      failing.untilMs = now + WINDOW_MS;
    }
    this.#failing.delete(network);
    this.#failing.set(network, failing);
    if (this.#failing.size > MOST_ADDRESSES) this.#failing.delete(this.#failing.keys().next().value!);
  }

  /** A name that turned out to be somebody's own was no guess. */
  succeeded(address: string, name: string): void {
    this.#failing.get(networkOf(address))?.names.delete(name);
  }
}

function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  // The one spelling of RFC 5952.
  const plain = new URL(`http://[${address.split('%', 1)[0]}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(plain);
  if (mapped) return [mapped[1]!, mapped[2]!].flatMap(bytesOf).join('.');
  const [before = '', after = ''] = plain.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === '' ? [] : after.split(':');
  const zeros = plain.includes('::') ? Array<string>(8 - head.length - tail.length).fill('0') : [];
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}

function bytesOf(group: string): readonly number[] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 255];
}
