import { createHash, randomBytes } from 'node:crypto';

/** Every token begins so, which keeps ordinary passwords away from the look-up. */
const PREFIX = 'iot_';
/** 256 bits. */
const TOKEN_BYTES = 32;
/** A page that asks for a token uses it at once; twice the slowest network round trips. */
export const LOGIN_TOKEN_TTL_MS = 60_000;

/** A token as its owner gets it, once. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: number;
}

/** One-time tokens that stand in for a password at one log-in: for the web chat, whose page never sees the password. */
export interface LoginTokens {
  /** A new token for this account (bare JID); good for a minute and one use. */
  issue(bare: string): Promise<IssuedToken>;
  /** True at the first use before its end by the account it was made for; false ever after. */
  redeem(bare: string, token: string): Promise<boolean>;
  /** Whoever has got one for this account (bare JID) gets in with it no more. Returns how many were still good. */
  voidAllOf(bare: string): Promise<number>;
}

/** A fresh token and the hash under which it is kept: the token itself is stored nowhere. */
export function newLoginToken(): { readonly token: string; readonly hash: Buffer } {
  const token = PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: tokenHash(token) };
}

/** SHA-256; the tokens are random, so nothing slower is needed. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** True for what looks like a token and may therefore be looked up. */
export function isLoginToken(password: string): boolean {
  return password.startsWith(PREFIX) && password.length === PREFIX.length + Math.ceil((TOKEN_BYTES * 4) / 3);
}
