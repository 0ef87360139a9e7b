import type { Gateway, Peer, PeerAttempt, PeerDirection, PeerLine, TurnedAway } from '@interoffice/contract';
import { certificatesOf } from './certificates-of.js';
import type { GatewayState, LineAttempt, LineState, PeerPlace, TurnedAwayServer } from './peer-lines.js';

const MOST_ATTEMPTS = 20;

/** A domain with its lines and what policy lets pass. */
export interface PeerFacts {
  readonly domain: string;
  readonly directions: PeerDirection[];
  readonly lines: readonly LineState[];
  readonly place: PeerPlace;
}

/** A peer as it crosses HTTP. */
export function peerOf({ domain, directions, lines, place }: PeerFacts): Peer {
  const worst = worstOf(lines);
  const isDenied = directions.length === 0;
  const tries = lines.map(({ nextTryAtMs }) => nextTryAtMs).filter((ms) => ms !== undefined);
  return {
    domain,
    state: isDenied ? 'denied' : (worst?.state ?? 'idle'),
    since: worst && moment(worst.sinceMs),
    directions,
    underWay: lines.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0),
    lastEnd: worst && endOf(worst),
    nextTryAt: isDenied || tries.length === 0 ? undefined : moment(Math.min(...tries)),
    lines: lines.map(lineOf),
    office: place.isOffice,
    via: place.via,
    carries: [...place.carries],
    passedOn: { to: [...place.passedTo], from: [...place.passedFrom] },
  };
}

/** The latest of all lines, the newest first. */
export function attemptsOf(lines: readonly LineState[]): PeerAttempt[] {
  const all = lines.flatMap(({ domain, attempts }) => attempts.map((attempt) => attemptOf(domain, attempt)));
  // Of those of one moment the later one stands later in its line.
  return all
    .toReversed()
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, MOST_ATTEMPTS);
}

export function gatewayOf({ name, domains, state, sinceMs, lines, lastEnd }: GatewayState): Gateway {
  const end = state === 'away' && lastEnd ? { code: lastEnd.code, text: lastEnd.text } : undefined;
  return { name, domains: [...domains], state, since: moment(sinceMs), lines, lastEnd: end };
}

export function turnedAwayOf({ atMs, peer, domain, remote, code, text }: TurnedAwayServer): TurnedAway {
  return { at: moment(atMs), peer, domain, address: remote === '' ? undefined : remote, code, text };
}

function lineOf(line: LineState): PeerLine {
  const { domain, state, sinceMs, gateway, address, direction, openedBy, isCounted, unacknowledged, nextTryAtMs } =
    line;
  return {
    domain,
    state,
    since: moment(sinceMs),
    gateway,
    address,
    direction,
    openedBy,
    acknowledges: isCounted,
    underWay: unacknowledged,
    lastEnd: endOf(line),
    nextTryAt: nextTryAtMs === undefined ? undefined : moment(nextTryAtMs),
  };
}

export function attemptOf(domain: string, attempt: LineAttempt): PeerAttempt {
  const { atMs, tookMs, stage, address, port, code, text, chain, gateway } = attempt;
  return { domain, gateway, at: moment(atMs), tookMs, stage, address, port, code, text, chain: certificatesOf(chain) };
}

function endOf({ state, lastEnd }: LineState): { code: string; text: string } | undefined {
  return state === 'up' || !lastEnd ? undefined : { code: lastEnd.code, text: lastEnd.text };
}

/** One that is called for in vain counts more than those that are up. */
function worstOf(lines: readonly LineState[]): LineState | undefined {
  const states: readonly LineState['state'][] = ['calling', 'up', 'idle'];
  return lines.toSorted((a, b) => states.indexOf(a.state) - states.indexOf(b.state))[0];
}

function moment(ms: number): string {
  return new Date(ms).toISOString();
}
