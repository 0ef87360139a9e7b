import type { Settings } from '@interoffice/config';
import type { FederationWish } from '@interoffice/server';

/**
 * Which gateway speaks for which domains: those of the offices that name it. A domain that no office names belongs to the
 * first office, and that of the rooms to the office of the domain which it is below.
 */
export function gatewaysOf({ domains, offices, services }: Settings): FederationWish['gateways'] {
  const officesOf = (domain: string): Settings['offices'] => {
    const found = offices.filter((office) => office.domains.includes(domain));
    return found.length > 0 ? found : offices.slice(0, 1);
  };
  const above = domains
    .filter((domain) => services.rooms.endsWith(`.${domain}`))
    .toSorted((a, b) => b.length - a.length);
  const served = new Map(domains.map((domain) => [domain, officesOf(domain)]));
  served.set(services.rooms, officesOf(above[0] ?? domains[0]));
  const names = new Set(offices.flatMap(({ gateways }) => gateways));
  return [...names].map((name) => ({
    name,
    domains: [...served]
      .filter(([, of]) => of.some(({ gateways }) => gateways.includes(name)))
      .map(([domain]) => domain),
  }));
}
