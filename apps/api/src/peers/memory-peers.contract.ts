import { Policy, type Rule, type RuleChanges } from '@interoffice/policy';
import { Failure } from '@interoffice/telemetry';
import type {
  AdministeredPolicies,
  GatewayState,
  GatewayTest,
  KeptPolicy,
  LineAttempt,
  LineState,
  PeerLines,
  PeerPlace,
  TrafficStep,
  TurnedAwayServer,
} from './peer-lines.js';

/** When the story of these lines is told. */
export const NOON_MS = Date.UTC(2025, 10, 28, 12);

/** The same promises without a gateway: a line that is tried fails as it did before, one that is up stays so. */
export class MemoryPeers implements PeerLines {
  isOn = true;
  readonly all: LineState[] = [];
  readonly gateways: GatewayState[] = [];
  readonly turnedAway: TurnedAwayServer[] = [];
  readonly policy: Policy;
  gatewayLost: PeerLines['gatewayLost'];
  /** False: no gateway has come yet. */
  isLinked = true;
  readonly steps: TrafficStep[] = [];
  readonly wishes: object[] = [];
  readonly traffic = {
    of: (peer: string, wish: object): readonly TrafficStep[] => {
      this.wishes.push({ peer, ...wish });
      return this.steps;
    },
  };
  readonly lines = { retry: (peer: string): boolean => this.#retry(peer) };

  constructor(
    readonly rules: readonly Rule[],
    private readonly clock: { now(): number },
  ) {
    this.policy = new Policy(rules, 3, clock);
  }

  facts(): readonly LineState[] {
    return this.all;
  }

  /** What its server would say; undefined: it does not answer. */
  said: Readonly<Record<string, readonly string[]>> | undefined;

  contacts(peer: string): Promise<Readonly<Record<string, readonly string[]>>> {
    if (this.said) return Promise.resolve(this.said);
    return Promise.reject(new Failure('PEER_SILENT', `${peer} has not answered within 20 seconds.`));
  }

  /** As the line to it was tried last. */
  test(peer: string): Promise<readonly GatewayTest[]> {
    if (!this.isLinked)
      return Promise.reject(new Failure('GATEWAY_AWAY', 'The gateway is away; nobody can be called.'));
    const known = this.all.find((line) => line.peer === peer)?.attempts.at(-1);
    const attempts = [{ ...attempt(), ...known, atMs: this.clock.now() }];
    const away = {
      gateway: 'gate.im.example:5280',
      attempts: [],
      fault: { code: 'GATEWAY_AWAY', text: 'It is away.' },
    };
    return Promise.resolve([{ gateway: 'local', attempts, fault: undefined }, away]);
  }

  /** Where settings put it. */
  readonly places = new Map<string, PeerPlace>();

  placeOf(peer: string): PeerPlace {
    const nowhere = { isOffice: false, via: undefined, carries: [], passedTo: [], passedFrom: [] };
    return this.places.get(peer) ?? nowhere;
  }

  #retry(peer: string): boolean {
    const tried = this.all.filter((line) => line.peer === peer);
    for (const line of tried) {
      if (line.state !== 'calling') continue;
      const again = attempt({ ...line.attempts.at(-1), atMs: this.clock.now() });
      this.all[this.all.indexOf(line)] = { ...line, attempts: [...line.attempts, again] };
    }
    return this.isLinked && tried.length > 0;
  }
}

/** A settings file in memory: what `reload` finds is what a test has put there. */
export class MemoryPolicies implements AdministeredPolicies {
  problem: AdministeredPolicies['problem'];
  /** What is wrong with the file. */
  fault: Failure | undefined;
  changes: RuleChanges = { added: [], removed: [], changed: [] };
  readonly asked: string[] = [];

  constructor(readonly all: readonly KeptPolicy[] = []) {}

  list(limit: number): Promise<readonly KeptPolicy[]> {
    return Promise.resolve(this.all.slice(0, limit));
  }

  readonly settings = { followed: ['federation.strangers'], waiting: ['federation.relay'] };

  reload({ actor, role }: { actor: string; role: string }): ReturnType<AdministeredPolicies['reload']> {
    this.asked.push(`${actor} as ${role}`);
    const { changes, settings } = this;
    return this.fault ? Promise.reject(this.fault) : Promise.resolve({ changes, settings });
  }
}

/** A server that listens nowhere. */
export function attempt(changes: Partial<LineAttempt> = {}): LineAttempt {
  return {
    atMs: NOON_MS,
    tookMs: 12,
    address: '192.0.2.7',
    port: 5269,
    stage: 'connect',
    code: 'refused',
    text: '192.0.2.7 port 5269 refuses connections.',
    chain: [],
    ...changes,
  };
}

/** A line that is up, from our main domain. */
export function line(changes: Partial<LineState> = {}): LineState {
  return {
    domain: 'im.example',
    peer: 'partner.example',
    state: 'up',
    sinceMs: NOON_MS,
    gateway: 'local',
    address: '192.0.2.7',
    direction: 'out',
    openedBy: 'us',
    isCounted: true,
    unacknowledged: 0,
    lastEnd: undefined,
    nextTryAtMs: undefined,
    attempts: [attempt({ stage: 'ready', code: 'ok', text: 'Connected to 192.0.2.7 port 5269.' })],
    ...changes,
  };
}

/** One that is called for in vain. */
export function deadLine(changes: Partial<LineState> = {}): LineState {
  const { code, text } = attempt();
  const down = { state: 'calling', lastEnd: { code, text }, nextTryAtMs: NOON_MS + 60_000 } as const;
  return line({ ...down, unacknowledged: 2, address: undefined, attempts: [attempt()], ...changes });
}

/** Everything is allowed with this peer. */
export function rule(changes: Partial<Rule> = {}): Rule {
  return {
    id: 'partner',
    effect: 'allow',
    peers: ['partner.example'],
    directions: ['in', 'out'],
    classes: ['chat', 'room', 'presence', 'file', 'call', 'pubsub', 'iq'],
    who: ['everybody'],
    reason: 'contract 17',
    owner: 'it@im.example',
    expiresAt: undefined,
    ...changes,
  };
}
