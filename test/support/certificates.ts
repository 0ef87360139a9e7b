import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  NameConstraints,
  OtherName,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509';
import { encodeDerString } from '../../libs/pki/src/der-string.js';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '../../libs/pki/src/x509.js';

const DAY_MS = 86_400_000;
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

const ALGORITHMS = {
  p256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  p384: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  ed25519: { name: 'Ed25519' },
  rsa1024: rsa(1024, 'SHA-256'),
  rsa2048: rsa(2048, 'SHA-256'),
  sha1: rsa(2048, 'SHA-1'),
  pss: { ...rsa(2048, 'SHA-256'), name: 'RSA-PSS', saltLength: 32 },
} as const;

function rsa(modulusLength: number, hash: string) {
  return { name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash };
}

/** The kinds of name a test may ask for. */
export interface WishedNames {
  readonly dns?: readonly string[];
  readonly srv?: readonly string[];
  readonly xmppAddr?: readonly string[];
  readonly ip?: readonly string[];
  readonly uri?: readonly string[];
}

/** What a certificate of a test shall say; everything may be wrong about it. */
export interface CertificateWish {
  readonly subject?: string;
  readonly names?: WishedNames;
  /** undefined: serverAuth; empty: no extension at all. */
  readonly purposes?: readonly string[];
  readonly days?: { readonly from: number; readonly to: number };
  /** The key, and by it the hash of the signatures it makes. */
  readonly key?: keyof typeof ALGORITHMS;
  readonly usage?: number;
  readonly constraints?: { readonly permitted?: readonly string[]; readonly excluded?: readonly string[] };
  readonly pathLength?: number;
  readonly isAuthority?: boolean;
  /** An extension nobody knows, critical. */
  readonly oddity?: boolean;
}

/** A certificate, its key, and what stands above it. */
export class TestCertificate {
  constructor(
    readonly parsed: X509Certificate,
    private readonly keys: webcrypto.CryptoKeyPair,
    private readonly algorithm: webcrypto.EcKeyAlgorithm & { hash?: string },
    readonly above: readonly TestCertificate[],
  ) {}

  get der(): Buffer {
    return Buffer.from(this.parsed.rawData);
  }

  get pem(): string {
    return `${this.parsed.toString('pem')}\n`;
  }

  /** The certificate and those above it without the root, as TLS sends them. */
  get chain(): readonly TestCertificate[] {
    return [this, ...this.above.slice(0, -1)];
  }

  get chainPem(): string {
    return this.chain.map(({ pem }) => pem).join('');
  }

  async keyPem(): Promise<string> {
    const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', this.keys.privateKey));
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
      .export({ format: 'pem', type: 'pkcs8' })
      .toString();
  }

  /** A certificate signed by this one, whether it may sign or not. */
  issue(wish: CertificateWish): Promise<TestCertificate> {
    return make(wish, this);
  }

  /** An authority below this one. */
  authority(wish: CertificateWish = {}): Promise<TestCertificate> {
    return make({ subject: 'Issuing authority', ...AUTHORITY, ...wish }, this);
  }

  /** A list that revokes these, PEM. */
  async revoke(
    revoked: readonly TestCertificate[],
    days: { from: number; to: number } = { from: -1, to: 7 },
  ): Promise<string> {
    const list = await X509CrlGenerator.create({
      issuer: this.parsed.subjectName,
      thisUpdate: inDays(days.from),
      nextUpdate: inDays(days.to),
      entries: revoked.map(({ parsed }) => ({ serialNumber: parsed.serialNumber, revocationDate: inDays(-1) })),
      signingKey: this.keys.privateKey,
      signingAlgorithm: this.algorithm,
    });
    return list.toString('pem').replaceAll(' CRL-----', ' X509 CRL-----').concat('\n');
  }

  sign(parameters: object): Promise<X509Certificate> {
    return X509CertificateGenerator.create({
      ...(parameters as Parameters<typeof X509CertificateGenerator.create>[0]),
      issuer: this.parsed.subject,
      signingKey: this.keys.privateKey,
      signingAlgorithm: this.algorithm,
    });
  }
}

const AUTHORITY = {
  isAuthority: true,
  purposes: [],
  usage: KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign,
} as const satisfies CertificateWish;

/** A root of its own. */
export function testRoot(wish: CertificateWish = {}): Promise<TestCertificate> {
  return make({ subject: 'Test root', ...AUTHORITY, ...wish }, undefined);
}

/** A certificate that signed itself. */
export function selfSigned(wish: CertificateWish): Promise<TestCertificate> {
  return make(wish, undefined);
}

async function make(wish: CertificateWish, issuer: TestCertificate | undefined): Promise<TestCertificate> {
  const algorithm = ALGORITHMS[wish.key ?? 'p256'];
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const { from, to } = wish.days ?? { from: -1, to: 30 };
  const parameters = {
    serialNumber: randomBytes(12).toString('hex').replace(/^./, '5'),
    notBefore: inDays(from),
    notAfter: inDays(to),
    extensions: extensionsOf(wish),
  };
  const subject = [{ CN: [wish.subject ?? 'Nobody in particular'] }];
  const parsed = issuer
    ? await issuer.sign({ ...parameters, subject, publicKey: keys.publicKey })
    : await X509CertificateGenerator.createSelfSigned({
        ...parameters,
        name: subject,
        keys,
        signingAlgorithm: algorithm,
      });
  const above = issuer ? [issuer, ...issuer.above] : [];
  return new TestCertificate(parsed, keys, algorithm as never, above);
}

function extensionsOf(wish: CertificateWish): Extension[] {
  const { isAuthority = false, pathLength, names, purposes = [SERVER_AUTH], constraints } = wish;
  return [
    new BasicConstraintsExtension(isAuthority, pathLength, true),
    new KeyUsagesExtension(wish.usage ?? KeyUsageFlags.digitalSignature, true),
    ...(purposes.length > 0 ? [new ExtendedKeyUsageExtension([...purposes])] : []),
    ...(names ? [new Extension('2.5.29.17', false, encodeNames(names))] : []),
    ...(constraints ? [new Extension('2.5.29.30', true, encodeConstraints(constraints))] : []),
    ...(wish.oddity ? [new Extension('1.3.6.1.4.1.99999.1', true, new Uint8Array([5, 0]).buffer)] : []),
  ];
}

function encodeNames({ dns = [], srv = [], xmppAddr = [], ip = [], uri = [] }: WishedNames): ArrayBuffer {
  return AsnConvert.serialize(
    new SubjectAlternativeName([
      ...dns.map((dNSName) => new GeneralName({ dNSName })),
      ...srv.map((name) => other('1.3.6.1.5.5.7.8.7', encodeDerString('ia5', name))),
      ...xmppAddr.map((name) => other('1.3.6.1.5.5.7.8.5', encodeDerString('utf8', name))),
      ...ip.map((iPAddress) => new GeneralName({ iPAddress })),
      ...uri.map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier })),
    ]),
  );
}

function encodeConstraints({ permitted, excluded }: NonNullable<CertificateWish['constraints']>): ArrayBuffer {
  const trees = (bases: readonly string[] | undefined): GeneralSubtrees | undefined =>
    bases && new GeneralSubtrees(bases.map((dNSName) => new GeneralSubtree({ base: new GeneralName({ dNSName }) })));
  const [permittedSubtrees, excludedSubtrees] = [trees(permitted), trees(excluded)];
  return AsnConvert.serialize(
    new NameConstraints({
      ...(permittedSubtrees && { permittedSubtrees }),
      ...(excludedSubtrees && { excludedSubtrees }),
    }),
  );
}

function other(typeId: string, value: ArrayBuffer): GeneralName {
  return new GeneralName({ otherName: new OtherName({ typeId, value }) });
}

function inDays(days: number): Date {
  return new Date(Date.now() + days * DAY_MS);
}
