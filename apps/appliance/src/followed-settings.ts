import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Settings } from '@interoffice/config';
import type { FollowedSettings } from '@interoffice/server';

type Federation = Settings['federation'];

/** What of the settings the server goes by while streams are open. Rejects for files that cannot be read. */
export async function followedOf({ peers, strangers, newContactsPerHour }: Federation): Promise<FollowedSettings> {
  const wishes = new Map(peers.map((peer) => [peer.domain, peer.strangers]));
  return {
    peers: await Promise.all(
      peers.map(async ({ domain, office, via, route, ca, keys, authentication, discover, bidi }) => ({
        domain,
        isOffice: office,
        via,
        ...(route && { route: { ...route, kind: route.tls === 'direct' ? ('tls' as const) : ('tcp' as const) } }),
        ...(ca && { authorities: await Promise.all(ca.map((file) => readFile(file, 'utf8'))) }),
        ...(keys && { pins: keys }),
        mayDialBack: authentication === 'dialback',
        discover,
        bidi,
      })),
    ),
    strangers: { wishOf: (peer) => wishes.get(peer) ?? strangers, newContactsPerHour },
  };
}

/** As read, but who is an office of ours and through whom one is reached stays as it was at the start. */
export function keepOffices(read: FollowedSettings, atStart: Federation['peers']): FollowedSettings {
  const first = new Map(atStart.map(({ domain, office, via }) => [domain, { isOffice: office, via }]));
  const peers = read.peers.map((peer) => ({ ...peer, isOffice: false, via: undefined, ...first.get(peer.domain) }));
  const named = new Set(peers.map(({ domain }) => domain));
  const gone = [...first].filter(
    ([domain, { isOffice, via }]) => !named.has(domain) && (isOffice || via !== undefined),
  );
  return { ...read, peers: [...peers, ...gone.map(([domain, place]) => ({ domain, ...place }))] };
}

/** The settings of `federation` that differ, by their names in the file: those that hold at once, and those of the next start. */
export interface ChangedSettings {
  readonly followed: readonly string[];
  readonly waiting: readonly string[];
}

const AT_THE_START = {
  relay: 'relay',
  bidi: 'bidi',
  giveUpAfterMs: 'give-up-after',
  answerWithinMs: 'answer-within',
  from: 'from',
  callable: 'callable',
  proxy: 'proxy',
  public: 'public',
} as const satisfies Partial<Record<keyof Federation, string>>;

/** `now` beside what was followed last, and beside what this process began with. */
export function changedSettings(
  now: Federation,
  { last, first }: { readonly last: Federation; readonly first: Federation },
): ChangedSettings {
  const differs = (a: Federation, b: Federation, key: keyof Federation): boolean => !isDeepStrictEqual(a[key], b[key]);
  const followed = [
    ...(differs(now, last, 'strangers') ? ['federation.strangers'] : []),
    ...(differs(now, last, 'newContactsPerHour') ? ['federation.new-contacts'] : []),
    ...peersThatDiffer(now, last, plain).map((domain) => `federation.peers (${domain})`),
  ];
  const waiting = [
    ...Object.entries(AT_THE_START).flatMap(([key, name]) =>
      differs(now, first, key as keyof Federation) ? [`federation.${name}`] : [],
    ),
    ...peersThatDiffer(now, first, ({ office }) => office).map((domain) => `federation.peers (${domain}): office`),
    ...peersThatDiffer(now, first, ({ via }) => via).map((domain) => `federation.peers (${domain}): via`),
  ];
  return { followed, waiting };
}

type Peer = Federation['peers'][number];

/** An entry without what waits for the start. */
function plain({ route, ca, keys, discover, authentication, strangers, bidi }: Peer): object {
  return { route, ca, keys, discover, authentication, strangers, bidi };
}

/** A peer without an entry is one that is like the others. */
function peersThatDiffer(now: Federation, before: Federation, what: (peer: Peer) => unknown): string[] {
  const domains = new Set([...now.peers, ...before.peers].map(({ domain }) => domain));
  const of = ({ peers }: Federation, domain: string): unknown =>
    what(peers.find((peer) => peer.domain === domain) ?? likeOthers(domain));
  return [...domains].filter((domain) => !isDeepStrictEqual(of(now, domain), of(before, domain)));
}

function likeOthers(domain: string): Peer {
  return { domain, office: false, discover: 'dns', authentication: 'certificate' } as Peer;
}
