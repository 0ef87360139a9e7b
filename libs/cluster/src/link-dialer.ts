import tls from 'node:tls';
import type { Clock } from '@interoffice/telemetry';
import type { Link, LinkEnd, LinkEndCode, TakeLink } from './link.js';
import { distrust, LINK_PROTOCOL, linkContext, type LinkIdentity, type LinkProof } from './link-trust.js';
import { LINK_TIMES, type LinkTimes, type LinkVersions, beginLink } from './tls-link.js';

/** What a dialer is at, for the status page. */
export interface DialerState {
  readonly state: 'stopped' | 'dialling' | 'up' | 'waiting';
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  /** Why the latest link is over, or did not come about. */
  readonly lastEnd: LinkEnd | undefined;
  /** Tries since a link was up. */
  readonly failures: number;
}

export interface LinkDialerParts {
  /** Read again for each try, so that a renewed one is used at the next. */
  readonly identity: () => LinkIdentity;
  readonly prove: LinkProof;
  /** A link is up. */
  readonly take: TakeLink;
  /** The state has changed. */
  readonly changed?: (state: DialerState) => void;
  readonly clock: Clock;
  /** From 0 to below 1: spreads the tries of many. */
  readonly random: () => number;
  readonly times?: LinkTimes;
  readonly backOff?: BackOff;
  readonly versions?: LinkVersions;
}

/** How long is waited after a try that failed: doubled each time, up to an end. */
export interface BackOff {
  readonly firstMs: number;
  readonly mostMs: number;
}
const BACK_OFF: BackOff = { firstMs: 500, mostMs: 30_000 };

/**
 * How long is waited after so many failures before this one: between half of the doubled time and all of it, by `random`
 * from 0 to 1, since gateways of many offices come back at once.
 */
export function waitMsAfter(failures: number, { firstMs, mostMs }: BackOff, random: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(failures, 30)) * (0.5 + random / 2);
}

/** Keeps one link to a gateway up: dials, and dials again when it is over, for ever, until it is stopped. */
export class LinkDialer {
  #state: DialerState;
  #link: Link | undefined;
  #socket: tls.TLSSocket | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `servername`: what the gateway's certificate is chosen by; who it is decides `prove`. */
  constructor(
    private readonly at: { readonly host: string; readonly port: number; readonly servername?: string },
    private readonly parts: LinkDialerParts,
  ) {
    this.#state = { state: 'stopped', sinceMs: parts.clock.now(), lastEnd: undefined, failures: 0 };
  }

  get state(): DialerState {
    return this.#state;
  }

  start(): void {
    if (this.#state.state === 'stopped') this.#dial();
  }

  /** Tries at once when it waits for the next try; else does nothing. */
  retryNow(): void {
    if (this.#state.state === 'waiting') this.#dial();
  }

  /** Ends the link in an orderly way and makes no other. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#change({ state: 'stopped' });
    this.#link?.end();
    if (!this.#link) this.#socket?.destroy();
  }

  #dial(): void {
    clearTimeout(this.#timer);
    this.#change({ state: 'dialling' });
    const { identity, prove, times = LINK_TIMES } = this.parts;
    const { host, port, servername } = this.at;
    let socket: tls.TLSSocket;
    try {
      socket = tls.connect({
        ...linkContext(identity()),
        host,
        port,
        ...(servername !== undefined && { servername }),
        ALPNProtocols: [LINK_PROTOCOL],
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
      });
    } catch (error) {
      return this.#failed({ code: 'failed', text: `We cannot dial: ${(error as Error).message}` });
    }
    this.#socket = socket;
    const fail = (end: LinkEnd): void => {
      clearTimeout(late);
      socket.removeAllListeners().on('error', () => undefined);
      socket.destroy();
      this.#failed(end);
    };
    const late = setTimeout(
      () => fail({ code: 'timeout', text: `${host} port ${port} does not answer.` }),
      times.withinMs,
    );
    socket.once('error', (error: NodeJS.ErrnoException) => fail(describe(error, `${host} port ${port}`)));
    socket.once('close', () => fail({ code: 'cut', text: `${host} port ${port} closed the connection at once.` }));
    socket.once('secureConnect', () => {
      const end = distrust(socket, prove);
      if (end) return fail(end);
      clearTimeout(late);
      socket.removeAllListeners('error').removeAllListeners('close');
      this.#enter(socket, times);
    });
  }

  #enter(socket: tls.TLSSocket, times: LinkTimes): void {
    const { take, versions } = this.parts;
    const keep: TakeLink = (link) => {
      this.#link = link;
      this.#change({ state: 'up', failures: 0 });
      const sink = take(link);
      return {
        frame: (kind, body) => sink.frame(kind, body),
        relieved: () => sink.relieved(),
        gone: (end) => {
          this.#link = undefined;
          sink.gone(end);
          this.#failed(end);
        },
      };
    };
    beginLink(socket, { take: keep, failed: (end) => this.#failed(end), times, ...(versions && { versions }) });
  }

  #failed(lastEnd: LinkEnd): void {
    if (this.#state.state === 'stopped') return this.#change({ lastEnd });
    const { backOff = BACK_OFF, random } = this.parts;
    const { failures } = this.#state;
    this.#change({ state: 'waiting', lastEnd, failures: failures + 1 });
    this.#timer = setTimeout(() => this.#dial(), waitMsAfter(failures, backOff, random()));
  }

  #change(changes: Partial<DialerState>): void {
    const isOther = changes.state !== undefined && changes.state !== this.#state.state;
    const sinceMs = isOther ? this.parts.clock.now() : this.#state.sinceMs;
    this.#state = { ...this.#state, ...changes, sinceMs };
    this.parts.changed?.(this.#state);
  }
}

const KNOWN: Readonly<Record<string, { code: LinkEndCode; text: string }>> = {
  ECONNREFUSED: { code: 'refused', text: 'refuses connections: no gateway listens there.' },
  EHOSTUNREACH: { code: 'no-route', text: 'cannot be reached: there is no route to it from here.' },
  ENETUNREACH: { code: 'no-route', text: 'cannot be reached: there is no route to that network from here.' },
  ETIMEDOUT: { code: 'timeout', text: 'does not answer: a firewall drops the packets, or the machine is down.' },
  ENOTFOUND: { code: 'no-route', text: 'has a name that is not known here.' },
  ECONNRESET: {
    code: 'cut',
    text: 'broke the connection during TLS: it may not believe our certificate.',
  },
};

function describe(error: NodeJS.ErrnoException, where: string): LinkEnd {
  const known = KNOWN[error.code ?? ''];
  return known
    ? { code: known.code, text: `${where} ${known.text}` }
    : { code: 'failed', text: `${where}: ${error.message}` };
}
