import { Inject, Injectable } from '@nestjs/common';
import type { NewAccount } from '@interoffice/contract';
import { deriveVerifiers, usablePassword, type AccountRecord, type AccountRecords } from '@interoffice/directory';
import type { Clock } from '@interoffice/telemetry';
import { tryJid, type Jid } from '@interoffice/wire';
import type { Identity } from '../access/permission.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { Departures } from '../departures/departures.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';

/** Who asks for a change, and from where. */
export interface Asking {
  readonly who: Identity;
  readonly address: string;
}

/** Changes to accounts: written to the audit log first, then made, then told to the XMPP server. */
@Injectable()
export class AccountChanges {
  readonly #records: AccountRecords;
  readonly #audit: AuditLog;
  readonly #departures: Departures;
  readonly #clock: Clock;

  constructor(
    @Inject(PORT.accounts) records: AccountRecords,
    @Inject(PORT.audit) audit: AuditLog,
    @Inject(PORT.departures) departures: Departures,
    @Inject(PORT.clock) clock: Clock,
  ) {
    this.#records = records;
    this.#audit = audit;
    this.#departures = departures;
    this.#clock = clock;
  }

  /** Makes a local account. BAD_REQUEST for an address or password that cannot be one, ADDRESS_TAKEN. */
  async create(body: NewAccount, { who, address }: Asking): Promise<AccountRecord> {
    const jid = readAddress(body.jid);
    const password = usablePassword(body.password);
    if (password === undefined) throw new ProblemError('BAD_REQUEST', 'This password cannot be used: it is blank.');
    const verifiers = await deriveVerifiers(password);
    await this.#note('account.create', jid, { who, address, details: { role: body.role } });
    const person = { name: body.name, office: body.office };
    const record = await this.#records.create({ jid, person, role: body.role, roleScope: '*', verifiers });
    await this.#departures.readmit(record);
    return record;
  }

  /** Suspends or restores. When it returns nobody is logged in to a suspended account, here or over XMPP. */
  async setState(jid: Jid, state: 'active' | 'suspended', { who, address }: Asking): Promise<AccountRecord> {
    const orderedAtMs = this.#clock.now();
    if (jid.bare === who.account.jid.bare)
      throw new ProblemError('CONFLICT', 'Nobody suspends or restores themselves.');
    const known = await this.#records.find(jid.bare);
    if (!known) throw new ProblemError('NOT_FOUND');
    if (known.state === 'deleted' || (known.state === 'disabled' && state === 'active')) {
      throw new ProblemError('CONFLICT', `The account is ${known.state} by its directory; change it there.`);
    }
    await this.#note(state === 'active' ? 'account.restore' : 'account.suspend', jid, { who, address });
    const record = await this.#records.setState(jid.bare, state);
    if (!record) throw new ProblemError('NOT_FOUND');
    const { jid: actor, role } = who.account;
    const cause = { why: 'suspended', detectedAtMs: orderedAtMs, actor: actor.bare, role, address } as const;
    if (record.state === 'active') await this.#departures.readmit(record);
    else await this.#departures.close(record, cause);
    return record;
  }

  async #note(
    action: string,
    jid: Jid,
    { who, address, details = {} }: Asking & { details?: Record<string, unknown> },
  ) {
    const { account } = who;
    await this.#audit.record({
      actor: account.jid.bare,
      role: account.role,
      action,
      subject: jid.bare,
      details,
      address,
    });
  }
}

/** The address in a path or body. BAD_REQUEST when it names no account. */
export function readAddress(text: string): Jid {
  const jid = tryJid(text);
  if (jid?.local === undefined || !jid.isBare) {
    throw new ProblemError('BAD_REQUEST', 'An address looks like name@domain.');
  }
  return jid;
}
