import { randomBytes } from 'node:crypto';
import { escapeAttribute, NS } from '@interoffice/wire';

export interface PingProofParts {
  /** Ours, and the peer's. */
  readonly domain: string;
  readonly peer: string;
  readonly send: (bytes: Buffer) => void;
  /** The peer has taken so many more of the stanzas that were noted. */
  readonly taken: (stanzas: number) => void;
  /** It has answered before and does not any more. */
  readonly silent: () => void;
  /** It has never answered: what it takes cannot be known. */
  readonly unanswered: () => void;
  readonly withinMs: number;
}

/**
 * What a peer has taken that does not count (XEP-0198): it is pinged (XEP-0199), and since stanzas of one stream are worked
 * through in their order (RFC 6120 §10.1), its answer, be it an error, says that it has everything from before.
 */
export class PingProof {
  #noted = 0;
  #proven = 0;
  #hasAnswered = false;
  /** One at a time. */
  #open: { readonly id: string; readonly upTo: number; readonly late: NodeJS.Timeout } | undefined;

  constructor(private readonly parts: PingProofParts) {}

  /** Stanzas that were noted and of which nothing is known. */
  get unproven(): number {
    return this.#noted - this.#proven;
  }

  /** One more stanza was sent. */
  note(): void {
    this.#noted++;
  }

  /** Asks, unless an answer is awaited or nothing was sent since the last. */
  ask(): void {
    if (this.#open || this.#noted === this.#proven) return;
    const { domain, peer, send, withinMs } = this.parts;
    const id = `taken-${randomBytes(16).toString('base64url')}`;
    const late = setTimeout(() => this.#late(), withinMs).unref();
    this.#open = { id, upTo: this.#noted, late };
    const [from, to] = [escapeAttribute(domain), escapeAttribute(peer)];
    send(Buffer.from(`<iq type='get' id='${id}' from='${from}' to='${to}'><ping xmlns='${NS.ping}'/></iq>`));
  }

  /** An answer has come in over a stream of the peer's: true when it is to our question. */
  answered(id: string): boolean {
    const open = this.#open;
    if (open?.id !== id) return false;
    clearTimeout(open.late);
    this.#open = undefined;
    this.#hasAnswered = true;
    const more = open.upTo - this.#proven;
    this.#proven = open.upTo;
    this.parts.taken(more);
    return true;
  }

  close(): void {
    if (this.#open) clearTimeout(this.#open.late);
    this.#open = undefined;
  }

  #late(): void {
    this.#open = undefined;
    if (this.#hasAnswered) this.parts.silent();
    else this.parts.unanswered();
  }
}
