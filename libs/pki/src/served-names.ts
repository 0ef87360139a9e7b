import { AsnConvert } from '@peculiar/asn1-schema';
import { GeneralName, OtherName, SubjectAlternativeName } from '@peculiar/asn1-x509';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { decodeDerString, encodeDerString } from './der-string.js';

/** `id-on-xmppAddr`, RFC 6120 §13.7.1.4. */
const XMPP_ADDR = '1.3.6.1.5.5.7.8.5';
/** `id-on-dnsSRV`, RFC 4985 §2. */
const SRV_NAME = '1.3.6.1.5.5.7.8.7';

/** Nobody's certificate needs more names; reading more of them costs time that an attacker chooses. */
const MOST_NAMES = 100;

/** What a certificate says it stands for: the entries of its subjectAltName, read from ASN.1, lower case, in order. */
export interface CertificateNames {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  /** RFC 6120 §13.7.1.4. */
  readonly xmppAddr: readonly string[];
  /** `_service.domain`, RFC 4985. */
  readonly srv: readonly string[];
}

/** The names of a certificate that carries none. */
export const NO_NAMES: CertificateNames = { dns: [], ip: [], xmppAddr: [], srv: [] };

/**
 * The DER of a subjectAltName for these names. A domain gets a dNSName, an xmppAddr and SRVNames for clients and
 * servers, as RFC 6120 §13.7.1.2 asks; an address literal gets an iPAddress.
 */
export function encodeServedNames(names: readonly string[]): ArrayBuffer {
  const entries = names.flatMap((name) => (isIP(name) ? [plainEntry(name)] : domainEntries(name)));
  return AsnConvert.serialize(new SubjectAlternativeName(entries));
}

/** The same with a dNSName for each domain and nothing of XMPP's. */
export function encodePlainNames(names: readonly string[]): ArrayBuffer {
  return AsnConvert.serialize(new SubjectAlternativeName(names.map(plainEntry)));
}

/**
 * Reads the DER of a subjectAltName; kinds of name that nothing here relies on, and malformed ones, are passed over.
 * Throws on bad DER and on more than 100 names.
 */
export function decodeServedNames(der: ArrayBuffer): CertificateNames {
  const entries = AsnConvert.parse(der, SubjectAlternativeName);
  if (entries.length > MOST_NAMES) throw new RangeError(`more than ${MOST_NAMES} names in one certificate`);
  const xmppAddr: string[] = [];
  const srv: string[] = [];
  for (const { otherName } of entries) {
    if (otherName?.typeId === XMPP_ADDR) xmppAddr.push(...present(decodeDerString('utf8', otherName.value)));
    if (otherName?.typeId === SRV_NAME) srv.push(...present(decodeDerString('ia5', otherName.value)));
  }
  return {
    dns: entries.flatMap((entry) => present(cleanDns(entry.dNSName))),
    ip: entries.flatMap((entry) => present(entry.iPAddress)),
    xmppAddr,
    srv,
  };
}

/** The name as it stands in a dNSName: lower case, A-labels (RFC 6125 §6.4.2); address literals unchanged. */
export function certificateForm(name: string): string {
  return isIP(name) ? name : domainToASCII(name).toLowerCase();
}

function plainEntry(name: string): GeneralName {
  return new GeneralName(isIP(name) ? { iPAddress: name } : { dNSName: certificateForm(name) });
}

function domainEntries(domain: string): GeneralName[] {
  const ascii = certificateForm(domain);
  return [
    plainEntry(domain),
    otherName(SRV_NAME, encodeDerString('ia5', `_xmpp-client.${ascii}`)),
    otherName(SRV_NAME, encodeDerString('ia5', `_xmpp-server.${ascii}`)),
    otherName(XMPP_ADDR, encodeDerString('utf8', domain)),
  ];
}

function otherName(typeId: string, value: ArrayBuffer): GeneralName {
  return new GeneralName({ otherName: new OtherName({ typeId, value }) });
}

function cleanDns(name: string | undefined): string | undefined {
  return name !== undefined && /^[\x21-\x7e]+$/.test(name) ? name : undefined;
}

function present(text: string | undefined): string[] {
  return text === undefined ? [] : [text.toLowerCase()];
}
