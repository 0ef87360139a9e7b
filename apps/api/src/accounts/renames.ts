import type { AccountRecord, AccountRecords } from '@interoffice/directory';
import { type Clock, Failure } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import type { AuditLog } from '../audit/audit-log.js';

/** What renaming works on. */
export interface RenameParts {
  readonly records: Pick<AccountRecords, 'find' | 'forward' | 'rename'>;
  readonly xmpp: {
    /** Rosters and rooms of others follow, and every stream ends; gives their number. Can be called again. */
    accountRenamed(former: Jid, record: AccountRecord): Promise<number>;
  };
  readonly audit: Pick<AuditLog, 'record'>;
  /** The domains served. */
  readonly domains: readonly string[];
  /** How long former addresses of people of this source forward, in milliseconds. */
  readonly forwardForMs: (directory: string) => number;
  readonly clock: Clock;
}

/** Who asks for it, and from where. */
interface Actor {
  readonly actor: string;
  readonly role: string;
  readonly address: string;
}

/** Gives accounts another address: number, archive, rooms and roster stay, the former address forwards for a while. */
export class Renames {
  constructor(private readonly parts: RenameParts) {}

  /**
   * Written to the audit log, then done, then told. When it returns no device is logged in under the former address, and
   * everybody knows the account by the new one. Asked again after it failed half-way it does the rest. Rejects with
   * ACCOUNT_NOT_FOUND, ADDRESS_TAKEN, DOMAIN_NOT_SERVED, SAME_ADDRESS.
   */
  async rename(from: Jid, to: Jid, by: Actor): Promise<AccountRecord> {
    const { records, xmpp, domains } = this.parts;
    if (from.bare === to.bare) throw new Failure('SAME_ADDRESS', `${to.bare} is the address it has already.`);
    if (!domains.includes(to.domain)) {
      throw new Failure('DOMAIN_NOT_SERVED', `${to.domain} is not served here; domains: ${domains.join(', ')}.`);
    }
    const record = (await records.find(from.bare)) ?? (await this.#begun(from, to));
    const renamed = record.jid.bare === to.bare ? record : await this.#record(record, to, by);
    await xmpp.accountRenamed(from, renamed);
    return renamed;
  }

  async #record({ jid, directory }: AccountRecord, to: Jid, { actor, role, address }: Actor): Promise<AccountRecord> {
    const { records, audit, clock, forwardForMs } = this.parts;
    const untilMs = clock.now() + forwardForMs(directory);
    const details = { to: to.bare, forwardsUntil: new Date(untilMs).toISOString() };
    await audit.record({ actor, role, address, action: 'account.rename', subject: jid.bare, details });
    return (await records.rename(jid.bare, to, untilMs)) ?? nobody(jid);
  }

  /** It has the new address, but perhaps not everybody knows. */
  async #begun(from: Jid, to: Jid): Promise<AccountRecord> {
    const record = await this.parts.records.forward(from.bare, 0);
    return record?.jid.bare === to.bare ? record : nobody(from);
  }
}

function nobody({ bare }: Jid): never {
  throw new Failure('ACCOUNT_NOT_FOUND', `There is no account ${bare}.`);
}
