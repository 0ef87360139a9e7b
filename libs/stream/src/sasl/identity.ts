import { type Jid, jid, tryJid } from '@interoffice/wire';

/**
 * Whoever a user name means on a domain: the bare localpart, or the whole bare JID of that same domain. A name with an @
 * for something else, a principal of the company's directory or a mail address, becomes a localpart by XEP-0106.
 */
export function accountOf(username: string, domain: string): Jid | undefined {
  try {
    return jid(username, domain);
  } catch {
    // Not a localpart: some clients send their bare JID.
    const full = tryJid(username);
    if (full?.local === undefined || full.resource !== undefined) return undefined;
    return full.domain === domain ? full : escaped(full, domain);
  }
}

/** True for a name that is one of its owner's names, but not the address: the directory knows whose it is. */
export function isAlias(account: Jid): boolean {
  return account.local?.includes('\\') === true;
}

function escaped(full: Jid, domain: string): Jid | undefined {
  try {
    return jid(`${full.local}\\40${full.domain}`, domain);
  } catch {
    // Too long, or with characters that no name here may have: nobody's name.
    return undefined;
  }
}

/** RFC 6120 §6.3.8: nobody may act for another account, so an authorization identity is one's own bare JID or absent. */
export function isOwnAuthzid(authzid: string, account: Jid): boolean {
  if (authzid === '') return true;
  const wanted = tryJid(authzid);
  return wanted !== undefined && wanted.resource === undefined && wanted.bare === account.bare;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text from the network: undefined unless it is valid UTF-8. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    // TextDecoder has one reason to throw: the bytes are not UTF-8.
    return undefined;
  }
}
