// What a server and a gateway say to each other over a link (libs/cluster): frames of one kind each. What is said often
// is bytes behind fixed numbers, all else is JSON.
import { FIRST_KIND } from '@interoffice/cluster';

/** From the server to the gateway. */
export const TO_GATEWAY = {
  /** `GatewaySetUp` as JSON: what the gateway goes by from now on. */
  setUp: FIRST_KIND,
  /** `Calling` as JSON: a stream is wanted, and kept up until `hangUp`. */
  call: FIRST_KIND + 1,
  /** Pair, stanza. */
  stanza: FIRST_KIND + 2,
  /** Pair: what has the peer taken? */
  ask: FIRST_KIND + 3,
  /** Pair: the stream is not wanted any more. */
  hangUp: FIRST_KIND + 4,
  /** Stream, and how many of its stanzas are decided. */
  decided: FIRST_KIND + 5,
  /** Pair: try now rather than when its turn comes. */
  retry: FIRST_KIND + 6,
  /** `Testing` as JSON: call the peer, and hang up once it is ready. */
  test: FIRST_KIND + 7,
} as const;

/** From the gateway to the server. */
export const TO_SERVER = {
  /** `LineUp` as JSON. */
  up: FIRST_KIND + 64,
  /** `LineDown` as JSON: the stream is over. */
  down: FIRST_KIND + 65,
  /** Pair, and how many more stanzas the peer has taken. */
  taken: FIRST_KIND + 66,
  /** Pair, 1 when the peer takes less than it is sent, 0 when it takes all again. */
  flow: FIRST_KIND + 67,
  /** `Tried` as JSON. */
  tried: FIRST_KIND + 68,
  /** `StreamOpened` as JSON: a peer has proved its domain. */
  opened: FIRST_KIND + 69,
  /** Stream, stanza. */
  came: FIRST_KIND + 70,
  /** `StreamGone` as JSON. */
  gone: FIRST_KIND + 71,
  /** `TurnedAway` as JSON: a server that came was not let in. */
  turnedAway: FIRST_KIND + 72,
  /** `Tested` as JSON. */
  tested: FIRST_KIND + 73,
  /** `GatewayReport` as JSON: when the link is new, and when something of it changes. */
  reported: FIRST_KIND + 74,
  /** `StreamBothWays` as JSON: a stream that was `opened` may be used for what is to be sent to its peer, until it is `gone`. */
  bothWays: FIRST_KIND + 75,
} as const;

/** Frames with numbers in front are made in one buffer, which whoever sends copies. */
const scratch = Buffer.allocUnsafeSlow(16);

/** A frame of one or two numbers below 2³². */
export function numbers(first: number, second?: number): Buffer {
  scratch.writeUInt32BE(first, 0);
  if (second !== undefined) scratch.writeUInt32BE(second, 4);
  return scratch.subarray(0, second === undefined ? 4 : 8);
}

/** A number and bytes behind it. The buffer is reused by the next call: whoever sends it copies. */
export class NumberedBytes {
  #bytes = Buffer.allocUnsafeSlow(16_384);
  make(number: number, room: number): Buffer {
    if (this.#bytes.length < room + 4) this.#bytes = Buffer.allocUnsafeSlow((room + 4) * 2);
    this.#bytes.writeUInt32BE(number, 0);
    return this.#bytes;
  }
}

export function jsonFrame(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** A link is trusted and of one version (libs/cluster): what it brings has the shape that its kind says. */
export function readJson<T>(body: Buffer): T {
  return JSON.parse(body.toString('utf8')) as T;
}
