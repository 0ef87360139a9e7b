import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import {
  certificateFacts,
  type CertificateFacts,
  CertificateRequests,
  type CheckedPair,
  exists,
  type IssuedPair,
  type KeyPairFiles,
  type KeyType,
  loadKeyPair,
  loadTrust,
  namesMissing,
  type ShownRequest,
  swapLivePair,
  type SwapRules,
  writePkcs12,
} from '@interoffice/pki';
import { type Clock, describeError, Failure } from '@interoffice/telemetry';
import { readAnswerFile, readPairFile } from './certificate-file.js';
import { type CertificateParts, livePathOf, namesToServe, ownFiles, requestsFolder } from './place.js';

/** A file that somebody has brought. */
export interface GivenFile {
  readonly bytes: Buffer;
  /** Of PKCS #12. */
  readonly passphrase?: string | undefined;
  /** `known-root` unless somebody has read where the chain ends. */
  readonly chain?: SwapRules['chain'] | undefined;
}

/** The certificate in use, as it is shown. */
export interface ShownOwn {
  readonly file: string;
  /** What it has to name, and what of that it does not. */
  readonly names: readonly string[];
  readonly missing: readonly string[];
  /** Undefined when it cannot be read; `fault` says why. */
  readonly facts: CertificateFacts | undefined;
  readonly fault: string | undefined;
  /** Made by the own authority, which nobody else trusts. */
  readonly isProvisional: boolean;
}

/** Our certificate: the pair in use, the requests for others, and what replaces it. */
export class OwnCertificate {
  readonly names: readonly string[];
  /** The one file that is swapped; undefined where the settings name two. */
  readonly live: string | undefined;
  #read: { readonly pem: string; readonly facts: CertificateFacts } | undefined;

  constructor(
    private readonly settings: CertificateParts,
    private readonly clock: Clock,
  ) {
    this.names = namesToServe(settings);
    this.live = livePathOf(settings);
  }

  /** Never rejects: a certificate that cannot be read is what somebody wants to see here. */
  async show(): Promise<ShownOwn> {
    const { certificate: file } = await this.files();
    const about = { file, names: this.names, isProvisional: file === ownFiles(this.settings.dataDir).certificate };
    try {
      const facts = this.#factsOf(await readFile(file, 'utf8'));
      return { ...about, missing: namesMissing(facts.names, this.names), facts, fault: undefined };
    } catch (error) {
      return { ...about, missing: this.names, facts: undefined, fault: describeError(error) };
    }
  }

  /** To read one takes 10 ms and more, and every two seconds somebody asks. Throws when it cannot be read. */
  #factsOf(pem: string): CertificateFacts {
    if (this.#read?.pem !== pem) this.#read = { pem, facts: certificateFacts(pem) };
    return this.#read.facts;
  }

  /** Where key and certificate in use lie. */
  async files(): Promise<KeyPairFiles> {
    if (this.settings.certificate) return this.settings.certificate;
    const { live } = this;
    if (live !== undefined && (await exists(live))) return { certificate: live, key: live };
    return ownFiles(this.settings.dataDir);
  }

  /** The roots that chains are followed to: those of the settings, and public ones. Rejects like `loadTrust`. */
  async roots(): Promise<readonly string[]> {
    return [...(await loadTrust(this.settings.trustedAuthorities)), ...rootCertificates];
  }

  // Requests.

  /** A new key and request, for the names that are served unless others are given. Rejects like `CertificateRequests`. */
  async request(wish: { readonly names?: readonly string[] | undefined; readonly key?: KeyType | undefined } = {}) {
    const requests = await this.#requests();
    const made = await requests.make(wish.names ?? this.names, wish.key);
    return { request: made, pem: await requests.request(made.id) };
  }

  async requests(): Promise<ShownRequest[]> {
    return (await this.#requests()).list();
  }

  /** What is sent to an authority, PEM. Rejects with REQUEST_NOT_FOUND. */
  async requestPem(id: string): Promise<string> {
    return (await this.#requests()).request(id);
  }

  async sent(id: string, to: string): Promise<ShownRequest> {
    return (await this.#requests()).markSent(id, to, this.clock.now());
  }

  async remove(id: string): Promise<void> {
    return (await this.#requests()).remove(id);
  }

  /**
   * Puts the certificate that came for a request in place of the one in use, which is kept when it is not good: rejects
   * like `CertificateRequests.answer`, with CERTIFICATE_ELSEWHERE, or with CERTIFICATE_NAMES where it does not name all
   * that is served now.
   */
  async answer(
    id: string,
    given: GivenFile,
  ): Promise<{ readonly request: ShownRequest; readonly checked: CheckedPair }> {
    const live = this.#swappable();
    const requests = await this.#requests();
    const chain = await readAnswerFile(given.bytes, given.passphrase);
    const { names } = await requests.find(id);
    const forgotten = this.names.filter((name) => !names.includes(name));
    if (forgotten.length > 0) {
      throw new Failure(
        'CERTIFICATE_NAMES',
        `The request does not ask for ${forgotten.join(', ')}, which is served by now. Make a new one; ${live} was kept.`,
      );
    }
    await requests.answer(id, chain, given.chain ?? 'known-root');
    return requests.activate(id);
  }

  /** Puts key and certificate of a file in place. Rejects like `swapLivePair`, or with CERTIFICATE_ELSEWHERE. */
  async install(given: GivenFile): Promise<CheckedPair> {
    return this.swap(await readPairFile(given.bytes, given.passphrase), await this.roots(), given.chain);
  }

  /** The same for a pair. */
  swap(pair: IssuedPair, roots: readonly string[], chain: SwapRules['chain'] = 'known-root'): Promise<CheckedPair> {
    const rules = { names: this.names, roots, now: this.clock.now(), chain };
    return swapLivePair(this.#swappable(), pair, rules);
  }

  /** Key and certificate in use, PEM. Rejects like `loadKeyPair`. */
  async pair(): Promise<IssuedPair> {
    const { key, certificate } = await loadKeyPair(await this.files(), this.clock);
    return { key, certificate };
  }

  /** … as PKCS #12. Rejects like `writePkcs12`. */
  async pkcs12(passphrase: string): Promise<Buffer> {
    return writePkcs12(await this.pair(), passphrase);
  }

  #swappable(): string {
    if (this.live !== undefined) return this.live;
    throw new Failure(
      'CERTIFICATE_ELSEWHERE',
      'The settings name two files for key and certificate, which cannot be swapped as one: put both into the file of ' +
        'certificate.certificate and leave certificate.key out. Nothing was changed.',
    );
  }

  async #requests(): Promise<CertificateRequests> {
    const { files, clock } = { files: await this.files(), clock: this.clock };
    const source = { folder: requestsFolder(this.settings), live: this.live ?? files.certificate, clock };
    return (this.#known ??= new CertificateRequests({ ...source, roots: await this.roots() }));
  }

  #known: CertificateRequests | undefined;
}
