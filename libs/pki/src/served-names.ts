import { AsnConvert, AsnUtf8StringConverter, OctetString } from '@peculiar/asn1-schema';
import { GeneralName, OtherName, SubjectAlternativeName } from '@peculiar/asn1-x509';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { AsnParser, AsnIA5StringConverter } from '@peculiar/asn1-schema';

/** RFC 6120 §13.7.1.4. */
const XMPP_ADDR = '1.3.6.1.5.5.7.8.5';
/** RFC 4985 §2. */
const SRV_NAME = '1.3.6.1.5.5.7.8.7';

/** What a certificate says it stands for: the entries of its subjectAltName, read from ASN.1, lower case, in order. */
export interface CertificateNames {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  /** `id-on-xmppAddr`, RFC 6120 §13.7.1.4. */
  readonly xmppAddr: readonly string[];
  /** `_service.domain`, RFC 4985. */
  readonly srv: readonly string[];
}

/**
 * The DER of a subjectAltName for these names. A domain gets a dNSName, an xmppAddr and SRVNames for clients and
 * servers, as RFC 6120 §13.7.1.2 asks; an address literal gets an iPAddress.
 */
export function encodeServedNames(names: readonly string[]): ArrayBuffer {
  const entries = names.flatMap((name) => (isIP(name) ? [new GeneralName({ iPAddress: name })] : domainEntries(name)));
  return AsnConvert.serialize(new SubjectAlternativeName(entries));
}

/** Reads the DER of a subjectAltName; kinds of name that nothing here relies on are passed over. Throws on bad DER. */
export function decodeServedNames(der: ArrayBuffer): CertificateNames {
  const found = { dns: [] as string[], ip: [] as string[], xmppAddr: [] as string[], srv: [] as string[] };
  for (const entry of AsnConvert.parse(der, SubjectAlternativeName)) {
    if (entry.dNSName !== undefined) found.dns.push(entry.dNSName.toLowerCase());
    else if (entry.iPAddress !== undefined) found.ip.push(entry.iPAddress);
    else if (entry.otherName?.typeId === XMPP_ADDR) found.xmppAddr.push(utf8(entry.otherName).toLowerCase());
    else if (entry.otherName?.typeId === SRV_NAME) found.srv.push(ia5(entry.otherName).toLowerCase());
  }
  return found;
}
