import { createHash, randomBytes } from 'node:crypto';

/** 256 bits. */
const TOKEN_BYTES = 32;
/** However busy: then one logs in again. */
export const SESSION_LIFE_MS = 12 * 3_600_000;
/** Without a request, for a role that may see or change something. */
export const PRIVILEGED_IDLE_MS = 15 * 60_000;

/** A live session of the API. */
export interface ApiSession {
  readonly bare: string;
  readonly hash: Buffer;
  readonly expiresAt: number;
}

/** What a new session is for. */
export interface NewApiSession {
  readonly bare: string;
  readonly kind: 'cookie' | 'bearer';
  /** It ends when unused for so long. */
  readonly idleMs: number;
}

/** Log-ins to the API. Kept under the hash of their token, in the database, so that every node ends them together. */
export interface ApiSessions {
  /** A new session under a token nobody has seen before. */
  open(session: NewApiSession): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** The session of this token, its idle time begun anew; undefined when it has ended or never was. */
  use(token: string): Promise<ApiSession | undefined>;
  end(hash: Buffer): Promise<void>;
  /** Returns how many there were, with those that had ended unused. */
  endAllOf(bare: string): Promise<number>;
}

/** A fresh token. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** What is kept of a token: it is random, so nothing slower than SHA-256 is needed. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** True for what can be a token at all: everything else is refused before the database is asked. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}
