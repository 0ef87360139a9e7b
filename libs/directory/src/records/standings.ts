import { type Database, Gathering } from '@interoffice/storage';
import { parseJid } from '@interoffice/wire';
import type { AccountState, Role, ScramMechanism, ScramVerifier, Standing } from '../directory.js';
import { LOGIN, STANDINGS } from './statements.js';

interface StandingRow {
  readonly id: number;
  readonly jid: string;
  readonly office: string | null;
  readonly state: AccountState;
  readonly role: Role;
}

/** The verifier's columns are null where the account has none. */
interface LoginRow extends StandingRow {
  /** The address it was looked up by, of now or of before. */
  readonly wanted: string;
  readonly mechanism: ScramMechanism;
  readonly salt: Buffer | null;
  readonly iterations: number;
  readonly stored_key: Buffer;
  readonly server_key: Buffer;
}

interface Wanted {
  readonly bare: string;
  readonly mechanism: ScramMechanism;
}

/** How long a half of what is remembered lives: an answer is used for two seconds at most. */
const HALF_LIFE_MS = 1000;
const MOST_REMEMBERED = 5000;

/**
 * What log-ins ask of the accounts: verifiers, and how accounts stand. People who log in together are looked up
 * together, verifier and standing in one statement. A standing is remembered for the moment between the steps of one
 * log-in, never verifiers; `changed` must be called after every write to an account, and what was read before it is
 * void.
 */
export class Standings {
  readonly #logins: Gathering<Wanted, LoginRow | undefined>;
  #young = new Map<string, Standing>();
  #old = new Map<string, Standing>();
  #timer: NodeJS.Timeout | undefined;
  #changes = 0;

  constructor(private readonly database: Pick<Database, 'prepared'>) {
    this.#logins = new Gathering((wanted) => this.#readLogins(wanted));
  }

  /** The verifier as the database has it now. */
  async verifier(bare: string, mechanism: ScramMechanism): Promise<ScramVerifier | undefined> {
    const row = await this.#logins.one({ bare, mechanism });
    if (!row?.salt) return undefined;
    const { salt, iterations, stored_key: storedKey, server_key: serverKey } = row;
    return { mechanism, salt, iterations, storedKey, serverKey };
  }

  /** How these accounts stand; who does not exist is missing. */
  async find(bares: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
    const found = new Map<string, Standing>();
    const unknown: string[] = [];
    for (const bare of bares) {
      const standing = this.#young.get(bare) ?? this.#old.get(bare);
      if (standing) found.set(bare, standing);
      else unknown.push(bare);
    }
    if (unknown.length === 0) return found;
    const asOf = this.#changes;
    const rows = await this.database.prepared<StandingRow>('app', STANDINGS, [unknown]);
    for (const row of rows) found.set(row.jid, this.#remember(row, asOf));
    return found;
  }

  /** Something was written about accounts. */
  changed(): void {
    this.#changes++;
    this.#young.clear();
    this.#old.clear();
  }

  async #readLogins(wanted: readonly Wanted[]): Promise<(LoginRow | undefined)[]> {
    const asOf = this.#changes;
    const rows = await this.database.prepared<LoginRow>('app', LOGIN, [
      wanted.map(({ bare }) => bare),
      wanted.map(({ mechanism }) => mechanism),
    ]);
    const byWanted = new Map<string, LoginRow>();
    for (const row of rows) {
      this.#remember(row, asOf);
      byWanted.set(`${row.mechanism} ${row.wanted}`, row);
    }
    return wanted.map(({ bare, mechanism }) => byWanted.get(`${mechanism} ${bare}`));
  }

  #remember({ id, jid, office, state, role }: StandingRow, asOf: number): Standing {
    const standing = { id, jid: parseJid(jid), office: office ?? undefined, state, role };
    // Read before somebody's change: it may be the state before it.
    if (asOf !== this.#changes) return standing;
    this.#young.set(jid, standing);
    this.#timer ??= setInterval(() => this.#age(), HALF_LIFE_MS).unref();
    if (this.#young.size >= MOST_REMEMBERED) this.#age();
    return standing;
  }

  #age(): void {
    this.#old = this.#young;
    this.#young = new Map();
    if (this.#old.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
