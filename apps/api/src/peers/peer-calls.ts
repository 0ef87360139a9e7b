import { Inject, Injectable } from '@nestjs/common';
import type { PeerContacts, PeerDetail, PeerTest } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import type { Asking } from '../accounts/account-changes.js';
import type { AuditLog } from '../audit/audit-log.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import { KnownPeers } from './known-peers.js';
import { attemptOf } from './peer-of.js';

/** Calls that administrators ask for. */
@Injectable()
export class PeerCalls {
  readonly #known: KnownPeers;
  readonly #audit: AuditLog;

  constructor(@Inject(KnownPeers) known: KnownPeers, @Inject(PORT.audit) audit: AuditLog) {
    this.#known = known;
    this.#audit = audit;
  }

  /**
   * Begins a try on every line to the peer that is down; what becomes of it stands among its attempts. Written to the
   * audit log first. Rejects with FEDERATION_OFF, PEER_UNKNOWN, GATEWAY_AWAY, AUDIT_UNAVAILABLE, and with CONFLICT where
   * there is nothing to be tried.
   */
  async retry(domain: string, { who, address }: Asking): Promise<PeerDetail> {
    const { federation } = this.#known.open();
    const { state, lines } = this.#known.find(domain);
    if (state === 'denied') throw conflict(`No rule lets anything pass to or from ${domain}, so it is not called.`);
    if (lines.length === 0) throw conflict(`Nothing has been sent to ${domain} yet, so there is no line to be tried.`);
    await this.#record('peer.retry', domain, { who, address });
    if (!federation.lines.retry(domain)) throw new ProblemError('GATEWAY_AWAY', 'It has not answered yet.');
    return this.#known.find(domain);
  }

  /**
   * Goes the whole way to a peer from each gateway and hangs up. Written to the audit log first. Rejects with FEDERATION_OFF, PEER_UNKNOWN,
   * GATEWAY_AWAY, AUDIT_UNAVAILABLE, and with CONFLICT where policy denies the peer or too many are being tested.
   */
  async test(domain: string, { who, address }: Asking): Promise<PeerTest> {
    const { federation, main } = this.#known.open();
    if (this.#known.find(domain).state === 'denied') {
      throw conflict(`No rule lets anything pass to or from ${domain}, so it is not called.`);
    }
    await this.#record('peer.test', domain, { who, address });
    try {
      const tests = await federation.test(domain);
      return {
        gateways: tests.map(({ gateway, attempts, fault }) => ({
          name: gateway,
          attempts: attempts.map((attempt) => attemptOf(main, attempt)),
          fault,
        })),
      };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw error.code === 'TOO_MANY_TESTS' ? conflict(error.message) : new ProblemError('GATEWAY_AWAY', error.message);
    }
  }

  /**
   * Asks the peer's server whom to write to about it. Written to the audit log first. Rejects with FEDERATION_OFF,
   * PEER_UNKNOWN, GATEWAY_AWAY, AUDIT_UNAVAILABLE, and with CONFLICT where it may not be asked or does not say.
   */
  async contacts(domain: string, { who, address }: Asking): Promise<PeerContacts> {
    const { federation } = this.#known.open();
    this.#known.find(domain);
    await this.#record('peer.contacts', domain, { who, address });
    try {
      const found = Object.entries(await federation.contacts(domain));
      return { contacts: found.map(([kind, addresses]) => ({ kind, addresses: [...addresses] })) };
    } catch (error) {
      throw error instanceof Failure ? conflict(error.message) : error;
    }
  }

  async #record(action: string, domain: string, { who, address }: Asking): Promise<void> {
    const { gatewayLost } = this.#known.open().federation;
    if (gatewayLost) throw new ProblemError('GATEWAY_AWAY', gatewayLost.end.text);
    const { jid, role } = who.account;
    await this.#audit.record({ actor: jid.bare, role, action, subject: domain, details: {}, address });
  }
}

function conflict(text: string): ProblemError {
  return new ProblemError('CONFLICT', text);
}
