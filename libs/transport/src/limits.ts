import type { Count } from '@interoffice/telemetry';

/** What connections are bound by before anybody knows who they are. XEP-0205 §3 */
export interface AcceptLimits {
  /** Connections from one address. */
  readonly perAddress: number;
  /** Of these, such as have not logged in; as many as `perAddress` when not given. */
  readonly strangersPerAddress?: number;
  /** From the first byte to the log-in. */
  readonly loginWithinMs: number;
}

/** What can be cut off. */
export interface Guarded {
  destroy(): void;
}

/** What one address has open; forgotten when that is nothing. */
interface Neighbours {
  all: number;
  readonly strangers: Map<Guarded, NodeJS.Timeout>;
}

/** Counts connections by address and cuts off those that do not log in in time. */
export class AcceptGuard {
  readonly #byAddress = new Map<string, Neighbours>();

  constructor(
    private readonly limits: AcceptLimits,
    private readonly refused: Count,
    private readonly late: Count,
  ) {}

  /** False: this address has too many connections already. */
  mayConnect(address: string): boolean {
    const there = this.#byAddress.get(address);
    const { perAddress, strangersPerAddress = perAddress } = this.limits;
    if ((there?.all ?? 0) < perAddress && (there?.strangers.size ?? 0) < strangersPerAddress) return true;
    this.refused.inc();
    return false;
  }

  entered(address: string, connection: Guarded): void {
    const there = this.#byAddress.get(address) ?? { all: 0, strangers: new Map() };
    this.#byAddress.set(address, there);
    there.all++;
    const cut = (): void => {
      this.late.inc();
      connection.destroy();
    };
    there.strangers.set(connection, setTimeout(cut, this.limits.loginWithinMs).unref());
  }

  loggedIn(address: string, connection: Guarded): void {
    const strangers = this.#byAddress.get(address)?.strangers;
    clearTimeout(strangers?.get(connection));
    strangers?.delete(connection);
  }

  left(address: string, connection: Guarded): void {
    this.loggedIn(address, connection);
    const there = this.#byAddress.get(address);
    if (there && --there.all === 0) this.#byAddress.delete(address);
  }
}
