import type { Entry } from 'ldapts';
import type { Refusal } from '../people-source.js';
import { bytesOf, textOf } from './entry.js';

/** Bits of `userAccountControl` and `msDS-User-Account-Control-Computed` ([MS-ADTS] 2.2.16, 3.1.1.4.5.17). */
const ACCOUNT_DISABLED = 0x2;
const LOCKED_OUT = 0x10;
const PASSWORD_NEVER_EXPIRES = 0x10000;
const PASSWORD_EXPIRED = 0x800000;
/** Milliseconds between 1601, where Active Directory counts from, and 1970. */
const FILETIME_OFFSET_MS = 11_644_473_600_000;
const NEVER: ReadonlySet<string> = new Set(['0', '9223372036854775807']);
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** `logonHours`: one bit for each hour of the week in UTC, Sunday first ([MS-SAMR] 2.2.6.5). */
const LOGON_HOURS_BYTES = 21;
/** 1970-01-01 was a Thursday: hours from the Sunday before. */
const HOURS_BEFORE_EPOCH = 4 * 24;

/** Attributes that say whether an account may be used: Active Directory, OpenLDAP's ppolicy and shadow, 389 and FreeIPA. */
export const STATE_ATTRIBUTES: readonly string[] = [
  'userAccountControl',
  'msDS-User-Account-Control-Computed',
  'accountExpires',
  'lockoutTime',
  'pwdLastSet',
  'logonHours',
  'pwdAccountLockedTime',
  'pwdReset',
  'shadowExpire',
  'nsAccountLock',
  'krbPrincipalExpiration',
];

/** One sentence for the administrator to each refusal that an entry's own attributes can give. */
export interface StateFinding {
  readonly refusal: Refusal;
  /** The attribute that says so. */
  readonly attribute: string;
}

/** What the entry's attributes say against using the account, the deciding one first; none: it may be used. */
export function stateOf(entry: Entry, nowMs: number): readonly StateFinding[] {
  const found: (StateFinding | undefined)[] = [
    disabled(entry),
    expired(entry, nowMs),
    locked(entry),
    passwordOf(entry),
    hours(entry, nowMs),
  ];
  return found.filter((one) => one !== undefined);
}

function disabled(entry: Entry): StateFinding | undefined {
  if (hasBit(entry, 'userAccountControl', ACCOUNT_DISABLED))
    return { refusal: 'disabled', attribute: 'userAccountControl' };
  if (isTrue(entry, 'nsAccountLock')) return { refusal: 'disabled', attribute: 'nsAccountLock' };
  return undefined;
}

function expired(entry: Entry, nowMs: number): StateFinding | undefined {
  const moments: readonly (readonly [string, number])[] = [
    ['accountExpires', filetimeMs(textOf(entry, 'accountExpires'))],
    ['shadowExpire', shadowMs(textOf(entry, 'shadowExpire'))],
    ['krbPrincipalExpiration', generalizedTimeMs(textOf(entry, 'krbPrincipalExpiration'))],
  ];
  const passed = moments.find(([, atMs]) => atMs <= nowMs);
  return passed && { refusal: 'expired', attribute: passed[0] };
}

/** `lockoutTime` stays behind when a lock-out has ended by itself: the computed bit decides where there is one. */
function locked(entry: Entry): StateFinding | undefined {
  if (textOf(entry, 'pwdAccountLockedTime') !== undefined)
    return { refusal: 'locked', attribute: 'pwdAccountLockedTime' };
  const computed = 'msDS-User-Account-Control-Computed';
  if (textOf(entry, computed) !== undefined)
    return hasBit(entry, computed, LOCKED_OUT) ? { refusal: 'locked', attribute: 'lockoutTime' } : undefined;
  return NEVER.has(textOf(entry, 'lockoutTime') ?? '0') ? undefined : { refusal: 'locked', attribute: 'lockoutTime' };
}

function passwordOf(entry: Entry): StateFinding | undefined {
  const neverExpires = hasBit(entry, 'userAccountControl', PASSWORD_NEVER_EXPIRES);
  if (textOf(entry, 'pwdLastSet') === '0' && !neverExpires)
    return { refusal: 'must-change-password', attribute: 'pwdLastSet' };
  if (isTrue(entry, 'pwdReset')) return { refusal: 'must-change-password', attribute: 'pwdReset' };
  const computed = 'msDS-User-Account-Control-Computed';
  return hasBit(entry, computed, PASSWORD_EXPIRED) ? { refusal: 'password-expired', attribute: computed } : undefined;
}

function hours(entry: Entry, nowMs: number): StateFinding | undefined {
  const bits = bytesOf(entry, 'logonHours');
  if (bits?.length !== LOGON_HOURS_BYTES) return undefined;
  const hour = (Math.floor(nowMs / HOUR_MS) + HOURS_BEFORE_EPOCH) % (LOGON_HOURS_BYTES * 8);
  const isPermitted = ((bits[hour >> 3]! >> (hour & 7)) & 1) === 1;
  return isPermitted ? undefined : { refusal: 'outside-hours', attribute: 'logonHours' };
}

function hasBit(entry: Entry, attribute: string, bit: number): boolean {
  return (Number(textOf(entry, attribute) ?? 0) & bit) !== 0;
}

function isTrue(entry: Entry, attribute: string): boolean {
  return textOf(entry, attribute)?.toLowerCase() === 'true';
}

/** A FILETIME (100 ns since 1601) in milliseconds; Infinity for never and for what is no number. */
function filetimeMs(text = '0'): number {
  if (NEVER.has(text) || !/^\d{1,19}$/.test(text)) return Infinity;
  return Number(BigInt(text) / 10_000n) - FILETIME_OFFSET_MS;
}

/** Days since 1970 (RFC 2307); nothing, or below zero: never. */
function shadowMs(text = '-1'): number {
  return /^\d{1,9}$/.test(text) ? Number(text) * DAY_MS : Infinity;
}

/** `YYYYMMDDHHMMSSZ` (RFC 4517 §3.3.13); Infinity without one. */
function generalizedTimeMs(text = ''): number {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,]\d+)?Z$/.exec(text);
  if (!parts) return Infinity;
  const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => Number(part ?? 0));
  return Date.UTC(year!, month! - 1, day, hour, minute, second);
}
