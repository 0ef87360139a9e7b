import type { XmppServer } from '@interoffice/server';
import type { ShownFacts } from './row-of.js';

type Gateways = NonNullable<XmppServer['federation']>['gateways'];

/** The certificate of a gateway in a process of its own. */
export interface GatewaysCertificate {
  readonly host: string;
  readonly facts: ShownFacts | undefined;
  /** Why it cannot be read. */
  readonly fault: string | undefined;
  readonly missing: readonly string[];
  readonly isProvisional: boolean;
  readonly seenAt: number;
}

/** What a gateway has shown when it was linked. */
export interface ShownByLink {
  readonly facts: ShownFacts;
  readonly seenAt: number;
}

/** The name by which a gateway is dialled, without the port. */
export function hostOf(gateway: string): string {
  return gateway.replace(/:\d+$/, '');
}

/**
 * One for each gateway: what it says of itself, which it does when a new one is put in place there; until it does, what it
 * has shown.
 */
export function gatewaysCertificates(
  gateways: Gateways,
  shown: ReadonlyMap<string, ShownByLink>,
  now: number,
): GatewaysCertificate[] {
  return gateways.flatMap(({ name, report, state, sinceMs }): GatewaysCertificate[] => {
    const host = hostOf(name);
    const seen = shown.get(name);
    if (report) {
      const { facts, fault, missing, isProvisional } = report.certificate;
      return [{ host, facts, fault, missing, isProvisional, seenAt: state === 'up' ? now : sinceMs }];
    }
    return seen ? [{ host, ...seen, fault: undefined, missing: [], isProvisional: false }] : [];
  });
}
