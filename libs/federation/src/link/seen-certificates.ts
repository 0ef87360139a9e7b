/** The certificate that a peer has shown last, whichever side called. */
export interface SeenCertificate {
  readonly domain: string;
  /** Milliseconds since 1970. */
  readonly seenAtMs: number;
  /** A gateway has told it: what it looks like is looked at before it is shown. */
  readonly shown: object;
}

const MOST = 1_000;

/** What peers have shown, one each; of more than a thousand those seen longest ago are forgotten. */
export class SeenCertificates {
  readonly #byDomain = new Map<string, SeenCertificate>();

  note(domain: string, shown: object | undefined, seenAtMs: number): void {
    if (!shown) return;
    this.#byDomain.delete(domain);
    this.#byDomain.set(domain, { domain, seenAtMs, shown });
    if (this.#byDomain.size > MOST) this.#byDomain.delete(this.#byDomain.keys().next().value!);
  }

  get all(): readonly SeenCertificate[] {
    return [...this.#byDomain.values()];
  }
}
