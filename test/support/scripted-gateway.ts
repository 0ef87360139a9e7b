import { type Link, memoryLink } from '@interoffice/cluster';
import { jsonFrame, numbers, readJson, TO_GATEWAY, TO_SERVER } from '../../libs/federation/src/link/frames.js';
import type {
  Calling,
  GatewayReport,
  GatewaySetUp,
  LineDown,
  LineUp,
  Testing,
} from '../../libs/federation/src/link/shapes.js';
import type { Stage } from './stage.js';

const ONE_WAY: StreamKind = { direction: 'out', openedBy: 'us' };
const THEIRS: StreamKind = { direction: 'both', openedBy: 'peer' };

type StreamKind = Pick<LineUp, 'direction' | 'openedBy'>;

/**
 * The gateway's end of a link, as a test plays it: what the server says is kept, and peers do what the test says. The real
 * one has tests of its own, over real streams.
 */
export class ScriptedGateway {
  setUp: GatewaySetUp | undefined;
  readonly calls: Calling[] = [];
  /** Peers that it is not to call any more, in the order in which it was told so. */
  readonly hungUp: string[] = [];
  /** Tests that it was asked for: answered when the test says. */
  readonly tests: Testing[] = [];
  /** Pairs that are to be tried now. */
  readonly retries: number[] = [];
  /** Stanzas that were sent, as `peer stanza`. */
  readonly sent: string[] = [];
  /** How many of its stanzas are decided, by stream. */
  readonly decided = new Map<number, number>();
  #link!: Link;
  readonly #reachable = new Set<string>();
  readonly #up = new Set<number>();
  /** Peers of whose streams it is not so that only we send over them. */
  readonly #kinds = new Map<string, StreamKind>();
  /** Sent over each line since it came up, and not taken yet. */
  readonly #untaken = new Map<number, number>();
  #streams = 0;

  constructor(
    private readonly stage: Stage,
    private readonly name = 'local',
  ) {
    this.links();
  }

  /** The server has dialled it: it knows of nothing yet. */
  links(): void {
    this.calls.length = 0;
    this.#up.clear();
    memoryLink(this.stage.server.federation!.linkTo(this.name), (link) => {
      this.#link = link;
      return { frame: (kind, body) => this.#frame(kind, body), relieved: () => undefined, gone: () => undefined };
    });
  }

  /** The peer can be reached from now on: lines to it are up as soon as they are called for. */
  async reaches(peer: string, kind?: StreamKind): Promise<void> {
    if (kind) this.#kinds.set(peer, kind);
    this.#reachable.add(peer);
    for (const call of this.calls) this.#answer(call);
    await this.stage.settled();
  }

  /** What the messages say that it was given for a peer. */
  wordsTo(peer: string): string[] {
    const to = this.sent.filter((sent) => sent.startsWith(`${peer} `));
    return to.flatMap((sent) => /<body>([^<]*)</.exec(sent)?.[1] ?? []);
  }

  /** It is not any more. */
  async loses(peer: string, how: LineDown['how'] = 'cut'): Promise<void> {
    this.#reachable.delete(peer);
    for (const { pair, ...call } of this.calls) {
      if (call.peer !== peer || !this.#up.delete(pair)) continue;
      this.#tell(TO_SERVER.down, { pair, how, code: 'closed', text: 'The peer closed it.' });
    }
    await this.stage.settled();
  }

  /** It cannot be reached, and is tried again at this moment. */
  async fails(peer: string, nextAtMs = 1_000, chain: readonly object[] = []): Promise<void> {
    const attempt = { atMs: 0, tookMs: 1, stage: 'connect', code: 'refused', text: 'It refuses.', chain };
    for (const { pair, ...call } of this.calls) {
      if (call.peer === peer) this.#tell(TO_SERVER.tried, { pair, attempts: [attempt], nextAtMs });
    }
    await this.stage.settled();
  }

  /** It has taken so many more. */
  async takes(peer: string, stanzas: number): Promise<void> {
    await this.takesPair(this.calls.findLast((call) => call.peer === peer)!.pair, stanzas);
  }

  /** The same, of a pair that it may never have been told to call. */
  async takesPair(pair: number, stanzas: number): Promise<void> {
    this.#link.send(TO_SERVER.taken, numbers(pair, stanzas));
    await this.stage.settled();
  }

  /** It has taken everything. */
  async takesAll(peer: string): Promise<void> {
    for (const call of this.calls.filter((one) => one.peer === peer)) {
      this.#link.send(TO_SERVER.taken, numbers(call.pair, this.#untaken.get(call.pair) ?? 0));
      this.#untaken.set(call.pair, 0);
    }
    await this.stage.settled();
  }

  /** A stream of a peer's comes in; returns its number. */
  opens(peer: string, domain: string = this.stage.domain, certificate?: object): number {
    const stream = ++this.#streams;
    this.#tell(TO_SERVER.opened, { stream, peer, domain, remote: '192.0.2.1', certificate });
    return stream;
  }

  /** What became of the latest test that it was asked for. */
  answersTest(stage: string, code: string): void {
    const attempt = { atMs: 0, tookMs: 1, stage, code, text: `It is ${code}.`, chain: [] };
    this.#tell(TO_SERVER.tested, { test: this.tests.at(-1)!.test, attempts: [attempt] });
  }

  /** It says this of itself. */
  reports(report: GatewayReport): void {
    this.#tell(TO_SERVER.reported, report);
  }

  /** The peer takes over it what is for it as well: lines that are called for are up. */
  async goesBothWays(stream: number, peer: string): Promise<void> {
    this.#kinds.set(peer, THEIRS);
    this.#tell(TO_SERVER.bothWays, { stream, peer, domain: this.stage.domain });
    await this.stage.settled();
    await this.reaches(peer);
  }

  /** A stanza comes over it. */
  comes(stream: number, stanza: string): void {
    this.#link.send(TO_SERVER.came, Buffer.concat([numbers(stream), Buffer.from(stanza)]));
  }

  ends(stream: number, how: 'closed' | 'cut' = 'cut'): void {
    this.#tell(TO_SERVER.gone, { stream, how });
  }

  /** The link breaks. */
  async breaks(): Promise<void> {
    this.#link.destroy({ code: 'cut', text: 'The test has cut it.' });
    await this.stage.settled();
  }

  #called(call: Calling): void {
    this.calls.push(call);
    this.#answer(call);
  }

  #hungUp(pair: number): void {
    this.#up.delete(pair);
    const at = this.calls.findIndex((call) => call.pair === pair);
    for (const { peer } of this.calls.splice(at, 1)) this.hungUp.push(peer);
  }

  #answer({ pair, peer }: Calling): void {
    if (!this.#reachable.has(peer) || this.#up.has(pair)) return;
    this.#up.add(pair);
    this.#untaken.set(pair, 0);
    this.#tell(TO_SERVER.up, {
      pair,
      isCounted: true,
      address: '192.0.2.1',
      ...(this.#kinds.get(peer) ?? ONE_WAY),
    });
  }

  #tell(kind: number, what: object): void {
    this.#link.send(kind, jsonFrame(what));
  }

  #frame(kind: number, body: Buffer): void {
    if (kind === TO_GATEWAY.setUp) this.setUp = readJson(body);
    else if (kind === TO_GATEWAY.call) this.#called(readJson(body));
    else if (kind === TO_GATEWAY.hangUp) this.#hungUp(body.readUInt32BE(0));
    else if (kind === TO_GATEWAY.test) this.tests.push(readJson(body));
    else if (kind === TO_GATEWAY.retry) this.retries.push(body.readUInt32BE(0));
    else if (kind === TO_GATEWAY.decided) this.decided.set(body.readUInt32BE(0), body.readUInt32BE(4));
    else if (kind === TO_GATEWAY.stanza) {
      const { pair, peer } = this.calls.find((call) => call.pair === body.readUInt32BE(0))!;
      this.#untaken.set(pair, (this.#untaken.get(pair) ?? 0) + 1);
      this.sent.push(`${peer} ${body.toString('utf8', 4)}`);
    }
  }
}
