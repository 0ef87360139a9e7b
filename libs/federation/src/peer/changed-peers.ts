import { isDeepStrictEqual } from 'node:util';
import type { PeerSettings } from '../link/shapes.js';

type Peers = ReadonlyMap<string, PeerSettings>;

/** Those that are reached or believed in another way than before. */
export function changedPeers(before: Peers, after: Peers): string[] {
  const all = new Set([...before.keys(), ...after.keys()]);
  const plain = (domain: string): PeerSettings => ({ domain });
  return [...all].filter(
    (domain) =>
      !isDeepStrictEqual(whole(before.get(domain) ?? plain(domain)), whole(after.get(domain) ?? plain(domain))),
  );
}

/** With what is absent filled in: an entry that says what holds anyway changes nothing. */
function whole({
  route,
  discover = 'dns',
  pins = [],
  via,
  isOffice = false,
  mayDialBack = false,
  authorities,
  bidi,
}: PeerSettings) {
  return { route: route && { ...route }, discover, pins, via, isOffice, mayDialBack, authorities, bidi };
}
