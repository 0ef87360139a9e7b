import { createHash, randomInt, X509Certificate } from 'node:crypto';
import type { Settings } from '@interoffice/config';
import { CallableAddresses, lookupsOf, resolvePeer } from '@interoffice/federation/peer';
import type { Clock, Log } from '@interoffice/telemetry';
import type { DialParts } from '@interoffice/transport';
import { domainToASCII } from 'node:url';
import { addressText } from '../records.js';
import { SelfProbe } from './self-probe.js';
import { shownChain } from './shown-chain.js';

const RANDOM_STEPS = 2 ** 32;
const LOOK_WITHIN_MS = 4_000;

export interface ProbeOf {
  readonly settings: Pick<Settings, 'domains' | 'services' | 'federation' | 'dnsServers' | 'ownCertificate'>;
  readonly dial: DialParts;
  readonly clock: Clock;
  readonly log: Log;
}

/** The probe that the settings ask for; undefined: none. Through no proxy: what is asked is what the world sees. */
export function probeOf({ settings, dial, clock, log }: ProbeOf): SelfProbe | undefined {
  const { ownCertificate, dnsServers = [], federation, domains, services } = settings;
  const { probe } = ownCertificate;
  if (!probe) return undefined;
  const lookups = lookupsOf(dnsServers.map(addressText));
  const callable = new CallableAddresses(federation.callable);
  const random = (): number => randomInt(RANDOM_STEPS) / RANDOM_STEPS;
  return new SelfProbe({
    domains: () => [...domains, services.rooms],
    find: (domain) => resolvePeer(domainToASCII(domain), { lookups, callable, random }),
    look: (domain, target) => shownChain(domain, target, { ...dial, withinMs: LOOK_WITHIN_MS, from: federation.from }),
    ours: () => [keyHashOf(dial.tls.pair.certificate), ...probe.keys],
    everyMs: probe.everyMs,
    clock,
    log,
  });
}

/** SHA-256 of the public key of a certificate, PEM, as pins are written. */
export function keyHashOf(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(key).digest('base64');
}
