import type { Settings } from '@interoffice/config';
import { checkRecords, lookupsOf, type PublishedRecord } from '@interoffice/federation/peer';

/** The records of one domain of ours. */
export interface DomainRecords {
  readonly domain: string;
  readonly records: readonly PublishedRecord[];
}

type RecordSettings = Pick<Settings, 'domains' | 'services' | 'federation' | 'listen' | 'dnsServers'>;

/**
 * What public DNS has to say so that other servers find us, for each domain that talks to them, and whether it does. Asks
 * the DNS servers of the settings, which in many networks see other records than the world does.
 */
export function publishedRecords(settings: RecordSettings): Promise<DomainRecords[]> {
  const { domains, services, federation, listen, dnsServers = [] } = settings;
  const lookups = lookupsOf(dnsServers.map(addressText));
  const { host = domains[0], starttls, direct } = federation.public ?? {};
  const ports = {
    starttls: starttls ?? portOf(listen.s2s),
    direct: direct ?? portOf(listen.s2sTls),
  };
  return Promise.all(
    [...domains, services.rooms].map(async (domain) => ({
      domain,
      records: await checkRecords({ domain, host, ...ports }, lookups),
    })),
  );
}

/** As `node:dns` takes it. */
export function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function portOf(at: Settings['listen']['s2s']): number | undefined {
  return at === false ? undefined : at.port;
}
