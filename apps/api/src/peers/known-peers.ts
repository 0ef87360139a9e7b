import { Inject, Injectable } from '@nestjs/common';
import type {
  GatewayList,
  Peer,
  PeerDetail,
  PeerListQuery,
  PeerTraffic,
  TurnedAwayList,
  TurnedAwayListQuery,
} from '@interoffice/contract';
import type { Rule } from '@interoffice/policy';
import type { Clock } from '@interoffice/telemetry';
import { tryJid } from '@interoffice/wire';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import { mentions, pageOf } from './page.js';
import type { AdministeredPeers, LineState } from './peer-lines.js';
import { attemptsOf, gatewayOf, peerOf, turnedAwayOf } from './peer-of.js';
import { Ways } from './ways.js';

interface ReadRules {
  readonly rules: readonly Rule[];
  readonly ways: Ways;
  readonly named: readonly string[];
}

/** Minutes of one step, so that there are 60 to 144 of them. */
const STEPS = { '1': 1, '6': 5, '24': 10 } as const;
const NO_RULES: readonly Rule[] = [];

/** The servers that we have to do with: those with a line, and those that a rule names by their whole domain. */
@Injectable()
export class KnownPeers {
  readonly #given: AdministeredPeers | undefined;
  readonly #clock: Clock;
  #read: ReadRules | undefined;

  constructor(@Inject(PORT.peers) peers: AdministeredPeers | undefined, @Inject(PORT.clock) clock: Clock) {
    this.#given = peers;
    this.#clock = clock;
  }

  /** Undefined while nobody talks to other servers. */
  get #peers(): AdministeredPeers | undefined {
    return this.#given?.federation.isOn === true ? this.#given : undefined;
  }

  /** None while nobody talks to other servers. */
  list({ text, state, ...asked }: PeerListQuery): { items: Peer[]; total: number } {
    const rows = this.#all().filter(
      (peer) =>
        (state === undefined || peer.state === state) && mentions([peer.domain, peer.lastEnd?.text ?? ''], text),
    );
    return pageOf(rows, asked, keyOf);
  }

  turnedAway({ text, ...asked }: TurnedAwayListQuery): TurnedAwayList {
    const all = (this.#peers?.federation.turnedAway ?? []).map(turnedAwayOf);
    const rows = all.filter((one) => mentions([one.peer, one.address ?? '', one.text], text));
    return pageOf(rows, asked, ({ at, peer }, field) => (field === 'at' ? at : peer));
  }

  /** None while nobody talks to other servers. */
  gateways(): GatewayList {
    const items = (this.#peers?.federation.gateways ?? []).map(gatewayOf);
    return { items, total: items.length };
  }

  /** Throws FEDERATION_OFF, PEER_UNKNOWN. */
  find(domain: string): PeerDetail {
    const { federation } = this.open();
    const lines = federation.facts().filter(({ peer }) => peer === domain);
    const turnedAway = federation.turnedAway.filter(({ peer }) => peer === domain).map(turnedAwayOf);
    if (lines.length === 0 && turnedAway.length === 0 && !this.#rules().named.includes(domain))
      throw this.#unknown(domain);
    const directions = this.#rules().ways.of(domain);
    const peer = peerOf({ domain, directions, lines, place: federation.placeOf(domain) });
    return { ...peer, attempts: attemptsOf(lines), turnedAway: turnedAway.toReversed() };
  }

  /** Throws FEDERATION_OFF, PEER_UNKNOWN. */
  traffic(domain: string, hours: keyof typeof STEPS): PeerTraffic {
    this.find(domain);
    const step = STEPS[hours];
    const points = this.open().federation.traffic.of(domain, { minutes: Number(hours) * 60, step });
    return {
      stepMinutes: step,
      points: points.map(({ atMs, ...ways }) => ({ at: new Date(atMs).toISOString(), ...ways })),
    };
  }

  /** Throws FEDERATION_OFF. */
  open(): AdministeredPeers {
    if (this.#peers) return this.#peers;
    throw new ProblemError(
      'FEDERATION_OFF',
      'No rule under federation.rules in interoffice.yaml lets anything pass: nobody is a peer.',
    );
  }

  /** Read once for each set of rules. */
  #rules(): ReadRules {
    const rules = this.#peers?.federation.rules ?? NO_RULES;
    if (this.#read?.rules === rules) return this.#read;
    // A pattern is nobody's domain.
    const patterns = rules.flatMap((rule) => rule.peers).filter((pattern) => !pattern.startsWith('*'));
    const named = patterns.map((pattern) => tryJid(pattern)?.domain).filter((domain) => domain !== undefined);
    return (this.#read = { rules, ways: new Ways(rules, this.#clock), named });
  }

  #all(): Peer[] {
    if (!this.#peers) return [];
    const { federation } = this.#peers;
    const lines = Map.groupBy(federation.facts(), ({ peer }: LineState) => peer);
    const domains = new Set([...lines.keys(), ...this.#rules().named]);
    return [...domains].map((domain) =>
      peerOf({
        domain,
        directions: this.#rules().ways.of(domain),
        lines: lines.get(domain) ?? [],
        place: federation.placeOf(domain),
      }),
    );
  }

  #unknown(domain: string): ProblemError {
    const why =
      this.#rules().ways.of(domain).length > 0
        ? 'nothing has been sent to it, and it has not come'
        : 'no rule lets anything pass to or from it';
    return new ProblemError('PEER_UNKNOWN', `There is no line to ${domain}: ${why}.`);
  }
}

function keyOf(peer: Peer, field: string): string | number {
  if (field === 'state') return peer.state;
  if (field === 'since') return peer.since ?? '';
  return field === 'underWay' ? peer.underWay : peer.domain;
}
