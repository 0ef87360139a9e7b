import tls from 'node:tls';
import type { Link, LinkEnd, LinkEndCode, TakeLink } from './link.js';
import { distrust, LINK_PROTOCOL, linkContext, type LinkIdentity, type LinkProof } from './link-trust.js';
import { beginLink, LINK_TIMES, type LinkTimes, type LinkVersions } from './tls-link.js';

export interface AttemptParts {
  /** Read again for each try, so that a renewed one is used at the next. */
  readonly identity: () => LinkIdentity;
  readonly prove: LinkProof;
  /** A link is up. */
  readonly take: TakeLink;
  readonly times?: LinkTimes;
  readonly versions?: LinkVersions;
}

/** Where a gateway is dialled. */
export interface DialAt {
  readonly host: string;
  readonly port: number;
  readonly servername?: string;
}

/** What becomes of a try: perhaps a link, and in any case an end, once. */
export interface Course {
  readonly up: () => void;
  readonly over: (end: LinkEnd) => void;
}

/** One try, and the link that comes of it. */
export class Attempt {
  #socket: tls.TLSSocket | undefined;
  #link: Link | undefined;
  #late: NodeJS.Timeout | undefined;
  /** Listens no more to the connection, and waits for nothing. */
  #deaf: () => void = () => undefined;

  constructor(
    private readonly at: DialAt,
    private readonly parts: AttemptParts,
    private readonly course: Course,
  ) {}

  begin(): void {
    const { identity, prove, times = LINK_TIMES } = this.parts;
    const { host, port, servername } = this.at;
    const where = `${host} port ${port}`;
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
      return this.course.over({ code: 'failed', text: `We cannot dial: ${(error as Error).message}` });
    }
    this.#socket = socket;
    this.#late = setTimeout(() => this.#fail({ code: 'timeout', text: `${where} does not answer.` }), times.withinMs);
    this.#hear(socket, {
      error: (error) => this.#fail(describe(error, where)),
      close: () => this.#fail({ code: 'cut', text: `${where} closed the connection at once.` }),
      secureConnect: () => {
        const end = distrust(socket, prove);
        if (end) return this.#fail(end);
        this.#deaf();
        this.#enter(socket, times);
      },
    });
  }

  end(): void {
    if (this.#link) this.#link.end();
    else this.#socket?.destroy();
  }

  #enter(socket: tls.TLSSocket, times: LinkTimes): void {
    const { take, versions } = this.parts;
    const keep: TakeLink = (link) => {
      this.#link = link;
      this.course.up();
      const sink = take(link);
      return {
        frame: (kind, body) => sink.frame(kind, body),
        relieved: () => sink.relieved(),
        gone: (end) => {
          sink.gone(end);
          this.course.over(end);
        },
      };
    };
    beginLink(socket, { take: keep, failed: this.course.over, times, ...(versions && { versions }) });
  }

  #hear(socket: tls.TLSSocket, listeners: Readonly<Record<string, (error: NodeJS.ErrnoException) => void>>): void {
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
    this.#deaf = () => {
      clearTimeout(this.#late);
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
    };
  }

  #fail(end: LinkEnd): void {
    this.#deaf();
    // What still happens to it concerns nobody.
    this.#socket!.on('error', () => undefined).destroy();
    this.course.over(end);
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
