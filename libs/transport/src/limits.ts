import type { Count } from '@interoffice/telemetry';

/** What connections are bound by before anybody knows who they are. */
export interface AcceptLimits {
  /** Connections from one address. */
  readonly perAddress: number;
  /** From the first byte to the log-in. */
  readonly loginWithinMs: number;
}

/** What the limits need to know of a connection. */
export interface Guarded {
  readonly id: number;
  readonly remoteAddress: string;
  destroy(): void;
}

/** Counts connections by address and cuts off those that do not log in in time. XEP-0205 §3 */
export class AcceptGuard {
  readonly #perAddress = new Map<string, number>();
  readonly #deadlines = new Map<number, NodeJS.Timeout>();

  constructor(
    private readonly limits: AcceptLimits,
    private readonly refused: Count,
    private readonly late: Count,
  ) {}

  /** False: this address has too many connections already. */
  mayConnect(address: string): boolean {
    if ((this.#perAddress.get(address) ?? 0) < this.limits.perAddress) return true;
    this.refused.inc();
    return false;
  }

  entered(connection: Guarded): void {
    const { remoteAddress } = connection;
    this.#perAddress.set(remoteAddress, (this.#perAddress.get(remoteAddress) ?? 0) + 1);
    const cut = (): void => {
      this.#deadlines.delete(connection.id);
      this.late.inc();
      connection.destroy();
    };
    this.#deadlines.set(connection.id, setTimeout(cut, this.limits.loginWithinMs).unref());
  }

  loggedIn({ id }: Guarded): void {
    clearTimeout(this.#deadlines.get(id));
    this.#deadlines.delete(id);
  }

  left(connection: Guarded): void {
    this.loggedIn(connection);
    const { remoteAddress } = connection;
    const count = (this.#perAddress.get(remoteAddress) ?? 1) - 1;
    if (count > 0) this.#perAddress.set(remoteAddress, count);
    else this.#perAddress.delete(remoteAddress);
  }
}
