import type { RenewalSettings } from '@interoffice/config';
import { AcmeAuthority, AuthorityFolder, type IssuedPair, loadTrust, makeRequest } from '@interoffice/pki';
import type { Clock } from '@interoffice/telemetry';
import { overDns, overHttp } from './challenges.js';

/** A new key and certificate for these names, and the roots that its chain may end at beside those given. */
export type Obtain = (
  names: readonly string[],
  roots: readonly string[],
) => Promise<{ readonly pair: IssuedPair; readonly roots: readonly string[] }>;

/** How the settings say that certificates are got. What it rejects with is of the authority: see `AcmeAuthority`, `AuthorityFolder`. */
export function obtainBy(renewal: RenewalSettings, clock: Clock): Obtain {
  return renewal.by === 'company' ? byCompany(renewal, clock) : byAcme(renewal, clock);
}

function byCompany({ authority, days }: Extract<RenewalSettings, { by: 'company' }>, clock: Clock): Obtain {
  return async (names, roots) => {
    // Opened for each: its own certificate may have been renewed, and its key stays in memory no longer than needed.
    const folder = await AuthorityFolder.open(authority, clock);
    const { key, request } = await makeRequest(names);
    const certificate = await folder.issue(request, { served: names, days });
    return { pair: { key, certificate }, roots: [...roots, ...folder.roots] };
  };
}

function byAcme({ acme }: Extract<RenewalSettings, { by: 'acme' }>, clock: Clock): Obtain {
  const { directory: directoryUrl, accountKey, agreesToTerms, mail, external, http, dns = [] } = acme;
  const answers = http ? overHttp(http) : overDns(dns);
  return async (names, roots) => {
    const trust = acme.trust && (await loadTrust(acme.trust));
    const server = { directoryUrl, accountKey, agreesToTerms, mail, external, trust };
    const { key, certificate } = await new AcmeAuthority(server, clock).obtain({ names, roots }, answers);
    return { pair: { key, certificate }, roots };
  };
}
