import type { Count, Metrics } from '@interoffice/telemetry';
import type { AttemptFacts } from '../link/shapes.js';

type Direction = 'in' | 'out';

/** One that is up. */
export interface CountedStream {
  readonly peer: string;
  readonly direction: Direction;
}

export interface FiguresParts {
  readonly metrics: Pick<Metrics, 'counter' | 'gauge' | 'gauges'>;
  readonly isLinked: () => boolean;
  readonly streams: () => Iterable<CountedStream>;
}

/** Rules may let everybody in; beyond these, names count together. */
const MOST_PEERS = 200;
const MOST_CODES = 100;
const OTHERS = 'other';

/** What a gateway counts, for whoever scrapes it: of peers that policy names and that have proved who they are. */
export class Figures {
  readonly #peers = new Names(MOST_PEERS);
  readonly #codes = new Names(MOST_CODES);

  constructor(private readonly parts: FiguresParts) {
    const { metrics, isLinked } = parts;
    metrics.gauge('interoffice_gateway_link_up', '1 while the server is linked to its gateway', () =>
      isLinked() ? 1 : 0,
    );
    const streams = { help: 'Streams of other servers that are up', labels: ['peer', 'direction'] } as const;
    metrics.gauges('interoffice_gateway_streams', streams, () => this.#streams());
  }

  /** Stanzas to or from a peer: asked for once a stream, and counted up by it. */
  stanzas(peer: string, direction: Direction): Count {
    const help = 'Stanzas that other servers have sent, and that were sent to them';
    return this.parts.metrics.counter('interoffice_gateway_stanzas_total', help, {
      peer: this.#peers.known(peer),
      direction,
    });
  }

  /** A try to reach a peer; one that came about is none that failed. */
  tried(attempts: readonly AttemptFacts[]): void {
    for (const { code } of attempts) if (code !== 'ok') this.failed('out', code);
  }

  failed(direction: Direction, code: string): void {
    const help = 'Streams of other servers that did not come about, by why';
    this.parts.metrics
      .counter('interoffice_gateway_handshakes_failed_total', help, { direction, code: this.#codes.known(code) })
      .inc();
  }

  #streams(): Iterable<readonly [{ peer: string; direction: Direction }, number]> {
    const up = [...this.parts.streams()].map(({ peer, direction }) => ({ peer: this.#peers.known(peer), direction }));
    const alike = Map.groupBy(up, ({ peer, direction }) => `${direction} ${peer}`);
    return [...alike.values()].map((streams) => [streams[0]!, streams.length] as const);
  }
}

/** Names, as many as one series each is good for. */
class Names {
  readonly #known = new Set<string>();

  constructor(private readonly most: number) {}

  known(name: string): string {
    if (this.#known.size < this.most) this.#known.add(name);
    return this.#known.has(name) ? name : OTHERS;
  }
}
