import type { Link, LinkEnd, LinkSink } from '@interoffice/cluster';
import { jsonFrame, NumberedBytes, numbers, readJson, TO_GATEWAY, TO_SERVER } from '../link/frames.js';
import type {
  Calling,
  GatewayReport,
  GatewaySetUp,
  LineDown,
  LineUp,
  StreamBothWays,
  StreamGone,
  StreamOpened,
  Tested,
  Testing,
  Tried,
  TurnedAway,
} from '../link/shapes.js';
import { writeOutgoing } from './outgoing-bytes.js';

/** What a gateway tells the server. */
export interface FromGateway {
  up(line: LineUp): void;
  down(line: LineDown): void;
  taken(pair: number, stanzas: number): void;
  flow(pair: number, isChoked: boolean): void;
  tried(tries: Tried): void;
  opened(stream: StreamOpened): void;
  /** `bytes` is valid during the call. */
  came(stream: number, bytes: Buffer): void;
  gone(stream: StreamGone): void;
  bothWays(stream: StreamBothWays): void;
  turnedAway(who: TurnedAway): void;
  tested(outcome: Tested): void;
  reported(report: GatewayReport): void;
  /** The link is over, and with it every stream of the gateway's. */
  lost(end: LinkEnd): void;
}

/** The server's end of the link to a gateway. */
export class GatewayLink implements LinkSink {
  readonly #stanza = new NumberedBytes();

  constructor(
    private readonly link: Link,
    private readonly server: FromGateway,
  ) {}

  get isChoked(): boolean {
    return this.link.isChoked;
  }

  setUp(how: GatewaySetUp): void {
    this.link.send(TO_GATEWAY.setUp, jsonFrame(how));
  }

  call(what: Calling): void {
    this.link.send(TO_GATEWAY.call, jsonFrame(what));
  }

  hangUp(pair: number): void {
    this.link.send(TO_GATEWAY.hangUp, numbers(pair));
  }

  retry(pair: number): void {
    this.link.send(TO_GATEWAY.retry, numbers(pair));
  }

  test(what: Testing): void {
    this.link.send(TO_GATEWAY.test, jsonFrame(what));
  }

  ask(pair: number): void {
    this.link.send(TO_GATEWAY.ask, numbers(pair));
  }

  /** A stanza of ours, as it stands in the journal; `to` is put in where it names no receiver. */
  stanza(
    pair: number,
    from: { readonly bytes: Buffer; readonly start: number; readonly end: number },
    to: Buffer,
  ): void {
    const frame = this.#stanza.make(pair, from.end - from.start + to.length);
    this.link.send(TO_GATEWAY.stanza, frame, 0, writeOutgoing(from, to, frame, 4));
  }

  decided(stream: number, count: number): void {
    this.link.send(TO_GATEWAY.decided, numbers(stream, count % 2 ** 32));
  }

  /** What else comes over it counts no more. */
  cut(end: LinkEnd): void {
    this.link.destroy(end);
  }

  // From the link.

  frame(kind: number, body: Buffer): void {
    switch (kind) {
      case TO_SERVER.came:
        return this.server.came(body.readUInt32BE(0), body.subarray(4));
      case TO_SERVER.taken:
        return this.server.taken(body.readUInt32BE(0), body.readUInt32BE(4));
      case TO_SERVER.flow:
        return this.server.flow(body.readUInt32BE(0), body.readUInt32BE(4) === 1);
      case TO_SERVER.up:
        return this.server.up(readJson(body));
      case TO_SERVER.down:
        return this.server.down(readJson(body));
      case TO_SERVER.tried:
        return this.server.tried(readJson(body));
      case TO_SERVER.opened:
        return this.server.opened(readJson(body));
      case TO_SERVER.gone:
        return this.server.gone(readJson(body));
      case TO_SERVER.bothWays:
        return this.server.bothWays(readJson(body));
      case TO_SERVER.turnedAway:
        return this.server.turnedAway(readJson(body));
      case TO_SERVER.tested:
        return this.server.tested(readJson(body));
      case TO_SERVER.reported:
        return this.server.reported(readJson(body));
      default:
        throw new Error(`a frame of kind ${kind}, which this server does not know`);
    }
  }

  relieved(): void {
    // The lines ask before they send.
  }

  gone(end: LinkEnd): void {
    this.server.lost(end);
  }
}
