import './events.js';
import type { Link, LinkEnd, TakeLink } from '@interoffice/cluster';
import { type Rule, Policy } from '@interoffice/policy';
import { refuse } from '@interoffice/routing';
import type { Account, Accounts, Asked, Passage, Questions, Reply, Routing, Session } from '@interoffice/routing';
import type { Clock, Log, Metrics } from '@interoffice/telemetry';
import {
  type Element,
  type Jid,
  parseJid,
  serialize,
  serviceUnavailable,
  tryJid,
  type Vocabulary,
  xml,
} from '@interoffice/wire';
import { randomUUID } from 'node:crypto';
import { type SeenCertificate, SeenCertificates } from '../link/seen-certificates.js';
import type { PeerSettings, RelayWish, StreamOpened, Tried, TurnedAway } from '../link/shapes.js';
import { Abroad } from './abroad.js';
import { Arrivals } from './arrivals.js';
import { Border } from './border.js';
import { Correspondents } from './correspondents.js';
import { Decisions, type DenialStore } from './decisions.js';
import { GatewayLink } from './gateway-link.js';
import { type GatewayFacts, Gateways, type GatewayWish, type KnownGateway } from './gateways.js';
import { giveBack } from './give-back.js';
import { Lines, type OutboundReader } from './lines.js';
import { readAttribute, roomIdOf, stanzaOf } from './outgoing-bytes.js';
import type { LineFacts } from './peer-line.js';
import { type MarkStore, PeerMarks } from './peer-marks.js';
import { rowOf } from './office-mark.js';
import { Receipts, type ReceiptStore } from './receipts.js';
import type { ChainJudge, Signer } from './receipt.js';
import { type PassedOn, Relaying } from './relaying.js';
import { RoomBranches } from './room-branches.js';
import type { AcquaintanceStore } from './acquaintances.js';
import { askForContacts, type ServiceContacts } from './service-contacts.js';
import { Strangers, type StrangerWishes } from './strangers.js';
import { type GatewayTest, Tests } from './tests.js';
import { Traffic } from './traffic.js';

export interface FederationParts {
  /** Ours that talk to other servers: of people, and of services such as rooms. */
  readonly domains: readonly string[];
  /** Among them those of services whose addresses are rooms. */
  readonly roomDomains: readonly string[];
  /** Those that hold at the start, and their version. */
  readonly rules: readonly Rule[];
  readonly policyVersion: number;
  readonly peers: readonly PeerSettings[];
  /** What peers may send each other through here. */
  readonly relay: readonly RelayWish[];
  /** One stream for both directions where the peer wants that as well. XEP-0288 */
  readonly bidi: boolean;
  /** Ours to other servers, each for some of the domains; those of one office share its work. */
  readonly gateways: readonly GatewayWish[];
  readonly reader: OutboundReader;
  readonly marks: MarkStore;
  readonly denials: DenialStore;
  /** Where receipts of offices are kept, in whose name they are given, and by which authorities those of others hold. */
  readonly receipts:
    | {
        readonly store: ReceiptStore;
        readonly signer: () => Signer;
        readonly certificates: () => ChainJudge;
      }
    | undefined;
  readonly strangers: StrangerSettings;
  readonly groupsOf: (account: Account) => ReadonlySet<string>;
  readonly accounts: Pick<Accounts, 'load' | 'peek'>;
  readonly routing: () => Routing;
  readonly questions: Questions;
  readonly vocabulary: Vocabulary;
  /** How long a message waits for its peer. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What becomes of first messages. */
export interface StrangerSettings extends StrangerWishes {
  readonly store: AcquaintanceStore;
}

/** What can change beside the rules while streams are open. `isOffice` and `via` of peers stay as they were at the start. */
export interface FollowedSettings {
  readonly peers: readonly PeerSettings[];
  readonly strangers: StrangerWishes;
}

/** Where a peer stands among our offices. */
export interface PeerPlace extends PassedOn {
  readonly isOffice: boolean;
}

const MOST_TURNED_AWAY = 200;
/** Timers cannot be set for much longer. */
const LONGEST_WAIT_MS = 86_400_000;

/**
 * The server's side of federation: who may talk to whom, what waits for which peer, and what peers have sent. Streams are
 * the gateways', each behind a link.
 */
export class Federation {
  readonly border: Border;
  readonly decisions: Decisions;
  readonly abroad: Abroad;
  readonly lines: Lines;
  readonly strangers: Strangers;
  /** What went to and from each peer. */
  readonly traffic: Traffic;
  #rules: readonly Rule[];
  #policy: Policy;
  #peers: readonly PeerSettings[];
  #wishes: StrangerWishes;
  #isOn: boolean;
  #cancelExpiry: () => void = () => undefined;
  readonly #gateways: Gateways;
  readonly #relaying: Relaying;
  readonly #arrivals: Arrivals;
  readonly #correspondents: Correspondents;
  readonly #branches: RoomBranches;
  readonly #receipts: Receipts | undefined;
  readonly #offices: ReadonlySet<string>;
  readonly #marks: PeerMarks;
  readonly #turnedAway: TurnedAway[] = [];
  readonly #tests = new Tests();
  readonly #seen = new SeenCertificates();
  readonly #ours: ReadonlySet<string>;

  constructor(private readonly parts: FederationParts) {
    const { routing, clock, log, metrics, vocabulary, reader } = parts;
    this.#rules = parts.rules;
    this.#peers = parts.peers;
    this.#wishes = parts.strangers;
    this.#isOn = parts.rules.length > 0;
    this.#policy = new Policy(parts.rules, parts.policyVersion, clock);
    this.#ours = new Set(parts.domains);
    const rooms = new Set(parts.roomDomains);
    this.decisions = new Decisions({
      store: parts.denials,
      later,
      clock,
      counts: {
        denied: metrics.counter('interoffice_federation_denied_total', 'Stanzas that policy let neither in nor out'),
        forgotten: metrics.counter('interoffice_federation_denials_lost_total', 'Decisions that could not be kept'),
      },
      log,
    });
    this.traffic = new Traffic(clock);
    this.border = new Border({
      policy: () => this.policy,
      traffic: this.traffic,
      groupsOf: parts.groupsOf,
      isRoom: (domain) => rooms.has(domain),
      deny: (what) => this.decisions.deny(what),
    });
    this.#marks = new PeerMarks({ store: parts.marks, later, log });
    this.#gateways = new Gateways(parts.gateways, clock);
    const relaying = new Relaying({
      setUp: parts,
      ours: this.#ours,
      name: parts.domains[0]!,
      border: () => this.border,
      lines: () => this.lines,
      counts: {
        relayed: metrics.counter('interoffice_federation_relayed_total', 'Stanzas that were passed on between offices'),
        loops: metrics.counter('interoffice_federation_loops_total', 'Stanzas to be passed on that went in a circle'),
      },
      log,
    });
    this.#relaying = relaying;
    const back = {
      isAbroad: (jid: Jid) => this.isAbroad(jid),
      correspondent: (jid: Jid) => this.#correspondents.of(jid),
      accounts: parts.accounts,
    };
    this.lines = new Lines({
      reader,
      marks: this.#marks,
      gateways: this.#gateways,
      wayOf: (domain, peer) => relaying.wayOf(domain, peer),
      later,
      clock,
      maxAgeMs: parts.maxAgeMs,
      first: (pair) => this.#branches.first(pair),
      last: (pair) => this.#branches.last(pair),
      isUp: ({ domain, peer }) => {
        if (domain === this.parts.roomDomains[0]) this.#correspondents.isUp(peer);
        if (domain === this.parts.domains[0]) this.#receipts?.isUp(peer);
      },
      isPeer: (domain) => this.border.isPeer(domain),
      givenUp: (row, why, { peer }) => void giveBack(row, why, { peer, ...back }),
      counts: { handedOver: metrics.counter('interoffice_federation_sent_total', 'Messages that peers have taken') },
      log,
    });
    this.#offices = new Set(parts.peers.filter(({ isOffice }) => isOffice === true).map(({ domain }) => domain));
    const isOffice = (domain: string): boolean => this.#offices.has(domain);
    this.#branches = new RoomBranches({
      isOffice,
      isUp: (domain, peer) => this.lines.isUp(domain, peer),
      deviceAt: (jid) => parts.accounts.peek(jid.bare)?.sessions.get(jid.resource ?? ''),
      vocabulary,
      later,
      clock,
    });
    this.abroad = new Abroad({ border: this.border, lines: this.lines, branches: this.#branches, isOffice, routing });
    if (this.#isOn) this.abroad.open();
    this.#correspondents = new Correspondents({
      routing,
      judge: (p) => relaying.against(p) ?? this.border.in(p),
      clock,
      isOffice,
      wayTo: (peer) => this.lines.wayTo(parts.roomDomains[0] ?? '', peer),
      later,
      send: (to, bytes, start, end) => this.#answer(to, { bytes, start, end }),
    });
    this.#arrivals = new Arrivals({
      routing,
      correspondents: this.#correspondents,
      branches: this.#branches,
      isOffice,
      recorded: (office, row) => this.#receipts?.decided(office, row),
      relaying,
      vocabulary,
      decided: ({ gateway, number }, count) => gateway.link?.decided(number, count),
      counts: {
        came: metrics.counter('interoffice_federation_received_total', 'Stanzas that peers have sent'),
        strange: metrics.counter('interoffice_federation_strange_total', 'Stanzas of peers that no server may send'),
      },
      log,
    });
    this.#receipts = parts.receipts && this.#makeReceipts(parts.receipts, isOffice);
    this.strangers = new Strangers({
      store: parts.strangers.store,
      wishes: () => this.#wishes,
      held: reader,
      show: (from, stanza) => this.#arrivals.show(from, stanza),
      tell: (to, text) => this.#tell(to, text),
      clock,
      counts: {
        held: metrics.counter('interoffice_federation_held_total', 'Messages of strangers that wait for consent'),
        tooMany: metrics.counter(
          'interoffice_federation_new_contacts_refused_total',
          'First messages over the limit of their peer',
        ),
      },
      log,
    });
  }

  #makeReceipts(kept: NonNullable<FederationParts['receipts']>, isOffice: (domain: string) => boolean): Receipts {
    const { questions, routing, clock, log, metrics } = this.parts;
    const [domain = ''] = this.parts.domains;
    const counter = (what: string) =>
      metrics.counter('interoffice_federation_receipts_total', 'Messages named in receipts between offices', { what });
    return new Receipts({
      ...kept,
      domain,
      ours: this.#ours,
      isOffice,
      ask: (office, payload, answered) =>
        questions.ask(this.#correspondents.of(parseJid(office)), { type: 'set', payload, from: domain }, answered),
      rowOf,
      routing,
      later,
      clock,
      counts: { given: counter('given'), got: counter('got'), refused: counter('refused') },
      log,
    });
  }

  /** The domain is another office's of ours. */
  isOffice(domain: string): boolean {
    return this.#offices.has(domain);
  }

  /** Another office gives a receipt for what it has on record of ours. */
  takeReceipt(asked: Asked): Reply | Promise<Reply> {
    return this.#receipts?.take(asked) ?? refuse(serviceUnavailable(), 'no receipts are kept here');
  }

  /** Takes links to one of the gateways, one at a time. Throws for a name that settings do not have. */
  linkTo(name: string): TakeLink {
    const gateway = this.#gateways.named(name);
    return (link) => this.#takeLink(gateway, link);
  }

  #takeLink(gateway: KnownGateway, link: Link): GatewayLink {
    const { lines } = this;
    const arrivals = this.#arrivals;
    const taken = new GatewayLink(link, {
      up: (line) => lines.numbered(line.pair)?.up(gateway, line),
      down: (line) => lines.numbered(line.pair)?.down(gateway, line),
      taken: (pair, stanzas) => lines.numbered(pair)?.taken(gateway, stanzas),
      flow: (pair, isChoked) => lines.numbered(pair)?.flow(gateway, isChoked),
      tried: (tries) => this.#tried(gateway, tries),
      opened: (opened) => this.#opened(gateway, opened),
      came: (stream, bytes) => arrivals.came(gateway, stream, bytes),
      gone: ({ stream, how }) => {
        gateway.over(stream);
        arrivals.gone(gateway, stream, how);
      },
      bothWays: (stream) => {
        gateway.opened(stream);
        lines.bothWays(gateway, stream);
      },
      turnedAway: (who) => this.#noteTurnedAway(who),
      tested: (outcome) => this.#tests.tested(outcome),
      reported: (report) => void (gateway.report = report),
      lost: (end) => this.#gatewayLost(gateway, taken, end),
    });
    if (gateway.link) this.#replaced(gateway, gateway.link);
    this.#gateways.up(gateway, taken);
    this.#setUp(gateway);
    lines.gatewayUp(gateway);
    return taken;
  }

  #tried(gateway: KnownGateway, tries: Tried): void {
    const line = this.lines.numbered(tries.pair);
    if (!line) return;
    const { peer, via = peer } = line.calling;
    for (const { chain, atMs } of tries.attempts) this.#seen.note(via, chain[0], atMs);
    line.tried(gateway, tries);
  }

  #opened(gateway: KnownGateway, { stream, peer, certificate }: StreamOpened): void {
    this.#seen.note(peer, certificate, this.parts.clock.now());
    this.#arrivals.opened(gateway, stream, peer);
    this.lines.peerCame(peer);
  }

  /** The rules that hold now. */
  get policy(): Policy {
    return this.#policy;
  }

  get rules(): readonly Rule[] {
    return this.#rules;
  }

  /**
   * From now on these rules hold, for the next stanza on every stream that is open. Throws POLICY_INVALID, and changes
   * nothing then. F-07
   */
  changeRules(rules: readonly Rule[], version: number): void {
    this.#policy = new Policy(rules, version, this.parts.clock);
    this.#rules = rules;
    if (rules.length > 0 && !this.#isOn) {
      this.#isOn = true;
      this.abroad.open();
    }
    this.#enforce();
  }

  /** There are rules, or have been since the start: until then nobody is called and nothing leads to other servers. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** From now on these hold: streams of peers that are reached or believed in another way are made anew. */
  follow({ peers, strangers }: FollowedSettings): void {
    this.#peers = peers;
    this.#wishes = strangers;
    for (const gateway of this.#gateways.all) this.#setUp(gateway);
  }

  /**
   * Of whom no rule names any more the streams are closed, what waits for them goes back to its authors, and their people
   * are out of our rooms. Rules that end by themselves are followed in the same way.
   */
  #enforce(): void {
    for (const gateway of this.#gateways.all) this.#setUp(gateway);
    this.lines.keepToPeers();
    const { routing } = this.parts;
    for (const session of this.#correspondents.all()) {
      if (session.stays && !this.border.mayMeet(session.jid.domain)) routing().announceShutOut(session);
    }
    this.#enforceAtNextExpiry();
  }

  #enforceAtNextExpiry(): void {
    this.#cancelExpiry();
    const atMs = this.#policy.nextExpiryMs;
    if (atMs === undefined) return;
    const waitMs = atMs - this.parts.clock.now();
    this.#cancelExpiry =
      waitMs > LONGEST_WAIT_MS
        ? later(LONGEST_WAIT_MS, () => this.#enforceAtNextExpiry())
        : later(waitMs, () => this.#enforce());
  }

  #setUp({ link, domains }: KnownGateway): void {
    const { relay, bidi } = this.parts;
    link?.setUp({ domains: [...domains], rules: this.#rules, peers: this.#peers, relay, bidi });
  }

  /** Reads what waits, before the first link. Rejects with the database. */
  async start(): Promise<void> {
    this.parts.routing().onReleased(() => this.#arrivals.tell());
    await this.lines.start(await this.parts.marks.all());
    await this.#receipts?.start(this.#offices);
    this.#enforceAtNextExpiry();
  }

  async stop(): Promise<void> {
    this.#cancelExpiry();
    this.lines.close();
    this.#branches.close();
    await this.#receipts?.stop();
    await this.#marks.flush();
    await this.decisions.flush();
  }

  // For features: what the server itself has to say to people elsewhere.

  isAbroad(jid: Jid): boolean {
    return this.#isOn && !this.#ours.has(jid.domain);
  }

  say(stanza: Element): void {
    const from = parseJid(String(stanza.attrs['from']));
    const account = this.parts.accounts.peek(from.bare);
    // At once where it can be: what is said first has to leave first.
    if (account !== undefined) return this.#sayFor(account, stanza);
    void this.parts.accounts.load(from.bare).then(
      (loaded) => this.#sayFor(loaded, stanza),
      (error: unknown) =>
        this.parts.log.warn('federation.presence.unsent', { to: String(stanza.attrs['to']), error: error as Error }),
    );
  }

  #sayFor(account: Account | null | undefined, stanza: Element): void {
    if (!account || !this.border.mayTell(account, stanza)) return;
    this.#carry(account, parseJid(String(stanza.attrs['to'])), Buffer.from(serialize(stanza)));
  }

  show(presence: Buffer, author: Session, to: Jid): void {
    if (this.border.mayShow(author.account, to.domain)) this.#carry(author.account, to, presence);
  }

  pass(p: Passage): void {
    p.target.hosted?.show?.(p);
  }

  /** Not now: routing is in the middle of what this is about. */
  #tell(to: Account, text: string): void {
    const domain = to.jid.domain;
    const body = xml('body', {}, text);
    const message = xml('message', { from: domain, to: to.bare, type: 'chat', id: randomUUID() }, body);
    const speak = (): void => void this.#arrivals.speak(domain, message)?.then(speak, speak);
    setImmediate(speak);
  }

  facts(): readonly LineFacts[] {
    return this.lines.facts();
  }

  /** Every gateway of ours, in the order of the settings. */
  get gateways(): readonly GatewayFacts[] {
    return this.#gateways.facts(this.lines.carried());
  }

  /** Calls a peer from each gateway of ours and hangs up: what became of each try. Rejects as `Tests.runAll` does. */
  test(peer: string): Promise<readonly GatewayTest[]> {
    const domain = this.parts.domains[0]!;
    const pair = { domain, peer: this.#relaying.wayOf(domain, peer).via ?? peer };
    return this.#tests.runAll(this.#gateways.of(domain), pair);
  }

  /** What settings say of a peer, beside the rules. */
  placeOf(peer: string): PeerPlace {
    return { isOffice: this.isOffice(peer), ...this.#relaying.placeOf(peer) };
  }

  /** Whom to write to about a peer's server. Rejects as `askForContacts` does. */
  contacts(peer: string): Promise<ServiceContacts> {
    const domain = this.parts.domains[0]!;
    return askForContacts(peer, {
      domain,
      mayAsk: (of) => this.border.mayAsk(of, domain),
      sessionOf: (of) => this.#correspondents.of(of),
      questions: this.parts.questions,
      later,
    });
  }

  /** Undefined: a gateway is there, or none has been yet. */
  get gatewayLost(): { readonly end: LinkEnd; readonly atMs: number } | undefined {
    const { all } = this.#gateways;
    if (all.some(({ link }) => link)) return undefined;
    const latest = all.filter(({ lost }) => lost).toSorted((a, b) => b.sinceMs - a.sinceMs)[0];
    return latest && { end: latest.lost!, atMs: latest.sinceMs };
  }

  /** How often something that offices pass on went in a circle. */
  get relayLoops(): number {
    return this.#relaying.loops;
  }

  /** What peers have shown last, whichever side called; of who is a peer by the rules that hold now. */
  get certificates(): readonly SeenCertificate[] {
    return this.#seen.all.filter(({ domain }) =>
      this.#relaying.carriedBy(domain).some((one) => this.border.isPeer(one)),
    );
  }

  /** Servers that came and were not let in, the latest last. */
  get turnedAway(): readonly TurnedAway[] {
    return this.#turnedAway;
  }

  #carry(account: Account, to: Jid, bytes: Buffer): void {
    this.abroad.carry(account.jid.domain, to, { bytes, start: 0, end: bytes.length }, () => undefined);
  }

  /** An answer to somebody elsewhere: whose domain it comes from stands in it. */
  #answer(to: Jid, from: { readonly bytes: Buffer; readonly start: number; readonly end: number }): void {
    const sender = tryJid(readAttribute(from, FROM) ?? '');
    if (!sender || !this.border.isPeer(to.domain)) return;
    const { bytes, start, end } = from;
    const stanza = stanzaOf(bytes.subarray(start, end));
    stanza.attrs['to'] ??= to.toString();
    const address = sender.bare;
    const office = this.parts.routing().addresses.find(sender.toBare())?.party.office.toString() ?? '';
    if (!this.border.mayAnswer(stanza, { address, office })) return;
    this.abroad.carry(sender.domain, to, from, (sent) => this.#lose(to, sender, sent));
  }

  /** What a room said to somebody elsewhere has not reached them: another office is told again, others are out of it. */
  #lose(to: Jid, sender: Jid, sent: Buffer): void {
    if (!this.parts.roomDomains.includes(sender.domain) || sender.local === undefined) return;
    const session = this.#correspondents.of(to);
    const isSaid = readAttribute({ bytes: sent, start: 0 }, TYPE) === 'groupchat';
    if (session.border?.isOffice !== true || !session.context.isReadable) {
      // Not now: routing may be in the middle of the stanza that this is an answer to.
      if (isSaid && sender.resource !== undefined) setImmediate(() => this.#arrivals.missed(to, sender.toBare()));
      return;
    }
    const id = roomIdOf(sent);
    if (id !== undefined) return this.#correspondents.missed(session, idBefore(id));
    if (isSaid || sent[1] === PRESENCE) this.#correspondents.keep(session, sent);
  }

  #replaced(gateway: KnownGateway, link: GatewayLink): void {
    const end = { code: 'refused', text: 'Another link to the gateway has taken its place.' } as const;
    this.#gatewayLost(gateway, link, end);
    link.cut(end);
  }

  #gatewayLost(gateway: KnownGateway, link: GatewayLink, end: LinkEnd): void {
    if (gateway.link !== link) return;
    this.#gateways.away(gateway, end);
    this.#arrivals.allGone(gateway);
    this.#tests.lost(link);
    this.lines.gatewayDown(gateway, end);
  }

  #noteTurnedAway(who: TurnedAway): void {
    this.#turnedAway.push(who);
    if (this.#turnedAway.length > MOST_TURNED_AWAY) this.#turnedAway.shift();
  }
}

function later(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms).unref();
  return () => clearTimeout(timer);
}

function idBefore(id: string): string {
  return (BigInt(`0x${id}`) - 1n).toString(16).padStart(16, '0');
}

/** The first letter of its name. */
const PRESENCE = 'p'.codePointAt(0);
const [FROM, TYPE] = [Buffer.from(' from='), Buffer.from(' type=')];
