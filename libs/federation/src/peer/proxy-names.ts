import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { CallableAddresses } from './addresses.js';
import type { ResolvedTarget, ResolveFailure } from './resolve.js';
import type { Route } from './route.js';

/**
 * A target whose name the proxy resolves: nobody here asks DNS, and what the name leads to is for the proxy to allow. An
 * address is checked as always, in whatever form it is written, and no name leads to the proxy itself. F-11
 */
export function leftToProxy(target: Route, callable: CallableAddresses): ResolvedTarget[] | ResolveFailure {
  // In one form: what a resolver would take for an address, such as 127.1 or 0x7f000001, is one behind this.
  const host = isIP(target.host) === 0 ? domainToASCII(target.host) : target.host;
  const isAllowed = isIP(host) === 0 ? isPublicName(host) : callable.mayCall(host);
  if (isAllowed) return [{ ...target, address: host }];
  return {
    code: 'address-not-allowed',
    text: `${target.host} is the proxy itself, its own network or no name at all. Correct the route, or allow the address in the settings.`,
  };
}

/** RFC 6761 §6.3 */
function isPublicName(host: string): boolean {
  return /^[\w-]+(\.[\w-]+)*\.?$/.test(host) && host.length <= 253 && !/(^|\.)localhost\.?$/i.test(host);
}
