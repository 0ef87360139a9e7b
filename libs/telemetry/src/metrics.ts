import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A number that only grows. */
export interface Count {
  inc(by?: number): void;
}

type Children = Map<string, Counted>;

class Counted implements Count {
  value = 0;

  constructor(readonly labels: Readonly<Record<string, string>>) {}

  inc(by = 1): void {
    this.value += by;
  }
}

/**
 * The metrics of one process. Names are `interoffice_<lib>_<thing>_<unit>`; asking twice for one name gives the same
 * metric, so two parts may share a counter. Label values come from closed lists, never from the wire.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #made = new Map<string, Gauge | Histogram>();
  readonly #counts = new Map<string, Children>();

  /**
   * A counter; with `labels`, one child per combination of values. Counting is an addition and nothing else: what the
   * library wants to know it asks when somebody scrapes.
   */
  counter(name: string, help: string, labels: Readonly<Record<string, string>> = {}): Count {
    let children = this.#counts.get(name);
    if (!children) {
      children = new Map();
      this.#counts.set(name, children);
      this.#expose(name, { help, labelNames: Object.keys(labels), children });
    }
    const key = Object.values(labels).join('\n');
    const known = children.get(key);
    if (known) return known;
    const made = new Counted(labels);
    children.set(key, made);
    return made;
  }

  /** A value read when somebody scrapes; `read` is called then and must not throw or wait. */
  gauge(name: string, help: string, read: () => number): void {
    this.#make(name, () => {
      const registers = [this.#registry];
      return new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    });
  }

  /** The same with labels; a child that is not read again is gone. */
  gauges<Label extends string>(
    name: string,
    { help, labels }: { readonly help: string; readonly labels: readonly Label[] },
    read: () => Iterable<readonly [Readonly<Record<Label, string>>, number]>,
  ): void {
    this.#make(name, () => {
      const labelNames = [...labels];
      return new Gauge({
        name,
        help,
        labelNames,
        registers: [this.#registry],
        collect() {
          this.reset();
          for (const [at, value] of read()) this.set(at, value);
        },
      });
    });
  }

  /** A distribution, in the unit its name ends with. */
  histogram(name: string, help: string, buckets: readonly number[]): (value: number) => void {
    const histogram = this.#make(
      name,
      () => new Histogram({ name, help, buckets: [...buckets], registers: [this.#registry] }),
    );
    return (value) => histogram.observe(value);
  }

  /** The text exposition format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The sum of a counter over all its labels: for status pages and tests. */
  async value(name: string): Promise<number> {
    const metric = await this.#registry.getSingleMetric(name)?.get();
    return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
  }

  #expose(
    name: string,
    { help, labelNames, children }: { help: string; labelNames: string[]; children: Children },
  ): void {
    const exposed = new Counter({
      name,
      help,
      labelNames,
      registers: [],
      collect() {
        this.reset();
        for (const { labels, value } of children.values()) this.inc(labels, value);
      },
    });
    this.#registry.registerMetric(exposed);
  }

  #make<T extends Gauge | Histogram>(name: string, create: () => T): T {
    const known = this.#made.get(name);
    if (known) return known as T;
    const made = create();
    this.#made.set(name, made);
    return made;
  }
}
