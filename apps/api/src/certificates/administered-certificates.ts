/** The kinds of key that are made. */
export type KeyKind = 'P-256' | 'P-384' | 'RSA-3072';

/** A certificate that somebody relies on: ours, our gateway's, or one that a peer has shown. Times in milliseconds. */
export interface CertificateRow {
  readonly whose: 'own' | 'gateway' | 'peer';
  /** The domain, or for a gateway its host, that it was shown for. */
  readonly domain: string;
  readonly state: 'good' | 'ends-soon' | 'ended' | 'not-yet-valid' | 'incomplete' | 'provisional' | 'unreadable';
  /** What that means, and what to do; empty where all is well. */
  readonly text: string;
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  /** Of what it has to name. */
  readonly missing: readonly string[];
  /** Undefined for one that cannot be read. */
  readonly notBefore: number | undefined;
  readonly notAfter: number | undefined;
  readonly fingerprint: string;
  /** When it was last shown, for those of others. */
  readonly seenAt: number | undefined;
}

/** What is done about the certificate of one process of ours. Times in milliseconds. */
export interface CertificateCare {
  readonly renewal?:
    | {
        readonly by: 'acme' | 'company';
        readonly nextAt: number;
        readonly renewedAt?: number | undefined;
        readonly failed?:
          | { readonly count: number; readonly lastAt: number; readonly code: string; readonly text: string }
          | undefined;
      }
    | undefined;
  /** What was seen when our own domains were last called from here; undefined: they are not. */
  readonly probe?:
    | readonly {
        readonly domain: string;
        readonly state: 'ours' | 'impostor' | 'unseen';
        readonly at: number;
        readonly text: string;
      }[]
    | undefined;
}

/** What is done about our certificates. Times in milliseconds. */
export interface CertificateStanding extends CertificateCare {
  /** What a certificate of ours has to name. */
  readonly names: readonly string[];
  /** False: the settings name two files, which are somebody else's to replace. */
  readonly isSwappable: boolean;
  /** Of gateways in processes of their own, as they say. */
  readonly gateways: readonly (CertificateCare & { readonly name: string })[];
  readonly warnings: readonly {
    readonly whose: 'own' | 'peer';
    readonly domain: string;
    readonly days: number;
    readonly text: string;
  }[];
}

/** A request for a certificate. Times in milliseconds. */
export interface CertificateRequestRow {
  readonly id: string;
  readonly names: readonly string[];
  readonly keyType: KeyKind;
  readonly state: 'made' | 'sent' | 'answered' | 'live' | 'replaced';
  readonly madeAt: number;
  readonly waiting: { readonly since: number; readonly of: string } | undefined;
  readonly answer?: {
    readonly at: number;
    readonly issuer: string;
    readonly notAfter: number;
    readonly fingerprint: string;
  };
  readonly liveSince?: number;
}

/** What the API needs of our certificates. Its calls reject with a Failure whose sentence is for people. */
export interface AdministeredCertificates {
  rows(): Promise<readonly CertificateRow[]>;
  standing(): Promise<CertificateStanding>;
  requests(): Promise<readonly CertificateRequestRow[]>;
  /** What is sent to an authority, PEM. */
  requestPem(id: string): Promise<string>;
  request(wish: {
    readonly names?: readonly string[] | undefined;
    readonly key?: KeyKind | undefined;
  }): Promise<CertificateRequestRow>;
  sent(id: string, to: string): Promise<CertificateRequestRow>;
  /** Puts the certificate that came in place; it is in use when this resolves. */
  answer(id: string, chainPem: string, chain: 'known-root' | 'any-end'): Promise<CertificateRequestRow>;
  remove(id: string): Promise<void>;
}
