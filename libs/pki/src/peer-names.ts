import { isIP } from 'node:net';
import { certificateForm, type CertificateNames } from './served-names.js';

/** RFC 6120 §13.7.1.2.1: the SRVName of a server; a certificate for clients' connections says nothing about servers. */
const SERVICE = '_xmpp-server.';

/** The entry of a certificate that stands for a domain: which kind, and how it is written there. */
export interface MatchedName {
  readonly kind: 'dns' | 'srv' | 'xmppAddr';
  readonly value: string;
}

/**
 * The first entry that stands for `domain`; undefined when none does. RFC 9525 §6, RFC 6120 §13.7.1.2
 *
 * What counts: the dNSName, exactly or with a whole left label as wildcard above at least two labels; the SRVName of
 * `_xmpp-server`, exactly; the xmppAddr, exactly. What does not: the subject's CN, addresses, URIs. A domain that is an
 * address literal is nobody's.
 */
export function nameFor(domain: string, names: CertificateNames): MatchedName | undefined {
  if (isIP(domain.replace(/^\[|\]$/g, ''))) return undefined;
  const reference = certificateForm(domain);
  if (reference === '') return undefined;
  const dns = names.dns.find((name) => name === reference) ?? names.dns.find((name) => covers(name, reference));
  if (dns !== undefined) return { kind: 'dns', value: dns };
  const srv = names.srv.find((name) => name === SERVICE + reference);
  if (srv !== undefined) return { kind: 'srv', value: srv };
  // Only a bare domain: an account's xmppAddr does not speak for its server.
  const address = names.xmppAddr.find((name) => !/[@/]/.test(name) && certificateForm(name) === reference);
  return address === undefined ? undefined : { kind: 'xmppAddr', value: address };
}

/** `*.corp.example` covers `berlin.corp.example` and nothing deeper; `*.example` covers nothing. RFC 9525 §6.3 */
function covers(presented: string, reference: string): boolean {
  if (!presented.startsWith('*.')) return false;
  const rest = presented.slice(1);
  const dot = reference.indexOf('.');
  return dot > 0 && !rest.includes('*') && rest.indexOf('.', 1) > 0 && reference.slice(dot) === rest;
}
