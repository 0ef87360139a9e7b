import type { Clock } from '@interoffice/telemetry';
import { type Jid, lasting } from '@interoffice/wire';
import type { Account, Accounts, Forward, Party } from './accounts.js';
import type { Abroad, Host, Hosted } from './host.js';
import type { Session } from './session.js';

/**
 * Whose address it is. `account` and `device` are ours and loaded; `server` is one of our domains itself; `nobody` is an
 * address at our domains that belongs to no one; `elsewhere` is a domain we do not serve. A domain that a feature answers
 * for is a `service`; below it are `room` (`room@service`) and `occupant` (`room@service/nick`).
 */
export type AddressClass = 'account' | 'device' | 'server' | 'nobody' | 'elsewhere' | 'service' | 'room' | 'occupant';

/** An address and what it meant when it was looked up. One object serves all messages to the same place. */
export interface Target {
  readonly class: AddressClass;
  readonly jid: Jid;
  /** The former address it was reached by, which forwards to `jid`. */
  readonly former: Jid | undefined;
  readonly account: Account | undefined;
  /** What a host has behind the address. */
  readonly hosted: Hosted | undefined;
  /** As the journal names it. */
  readonly party: Party;
}

/** Finds out what an address means; asks memory only. */
export class Addresses {
  constructor(
    private readonly domains: ReadonlySet<string>,
    private readonly accounts: Accounts,
    private readonly clock: Clock,
    private readonly hosts: readonly Host[] = [],
    private readonly abroad?: Abroad,
  ) {}

  isOurs(domain: string): boolean {
    return this.domains.has(domain);
  }

  /** Rises whenever an address may mean something else than before. */
  get epoch(): number {
    let epoch = this.accounts.epoch + (this.abroad?.epoch ?? 0);
    for (let i = 0; i < this.hosts.length; i++) epoch += this.hosts[i]!.epoch;
    return epoch;
  }

  /** `undefined`: an account or room of ours that is not in memory yet; wait for `load(jid)` and ask again. */
  find(jid: Jid): Target | undefined {
    if (!this.domains.has(jid.domain)) return this.#hosted(jid);
    if (jid.local === undefined) return make('server', jid);
    const account = this.accounts.peek(jid.bare);
    if (account === undefined) return undefined;
    if (account === null) return this.#former(jid);
    return make(jid.resource === undefined ? 'account' : 'device', jid, account);
  }

  /** The account of a device that is bound: no look-up needed. */
  own(account: Account): Target {
    return make('account', account.jid, account);
  }

  load(jid: Jid): Promise<unknown> {
    return this.#hostOf(jid)?.load(jid) ?? this.accounts.load(this.#forward(jid)?.to.bare ?? jid.bare);
  }

  #forward(jid: Jid): Forward | undefined {
    const forward = this.accounts.forwardOf(jid.bare);
    return forward && this.clock.now() < forward.untilMs ? forward : undefined;
  }

  /** What was somebody's address means their new one for a while, and then nobody. */
  #former(jid: Jid): Target | undefined {
    const forward = this.#forward(jid);
    if (!forward) return make('nobody', jid);
    const account = this.accounts.peek(forward.to.bare);
    if (account === undefined) return undefined;
    if (account === null) return make('nobody', jid);
    const to = jid.resource === undefined ? account.jid : account.jid.withResource(jid.resource);
    return { ...make(jid.resource === undefined ? 'account' : 'device', to, account), former: jid };
  }

  #hosted(jid: Jid): Target | undefined {
    const host = this.#hostOf(jid);
    if (!host) return this.#elsewhere(jid);
    if (jid.local === undefined) return make('service', jid);
    const hosted = host.find(jid);
    if (!hosted) return undefined;
    const kind = jid.resource === undefined ? 'room' : 'occupant';
    return { class: kind, jid, former: undefined, account: undefined, hosted, party: hosted.party };
  }

  #elsewhere(jid: Jid): Target {
    const target = make('elsewhere', jid);
    const hosted = this.abroad?.find(jid);
    return hosted ? { ...target, hosted, party: hosted.party } : target;
  }

  #hostOf(jid: Jid): Host | undefined {
    return this.hosts.find(({ domain }) => domain === jid.domain);
  }
}

/** The device a full JID names, if it is bound at this moment. */
export function deviceOf(target: Target): Session | undefined {
  return target.jid.resource === undefined ? undefined : target.account?.sessions.get(target.jid.resource);
}

function make(kind: AddressClass, jid: Jid, account?: Account): Target {
  const device = lasting(jid.resource ?? '');
  const party = account
    ? { ...account.party, device }
    : { accountId: 0, bare: lasting(jid.bare), device, office: lasting('') };
  return { class: kind, jid, former: undefined, account, hosted: undefined, party };
}
