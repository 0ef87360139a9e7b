import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A number that only grows. */
export interface Count {
  inc(by?: number): void;
}

/**
 * The metrics of one process. Names are `interoffice_<lib>_<thing>_<unit>`; asking twice for one name gives the same
 * metric, so two parts may share a counter. Label values come from closed lists, never from the wire.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #made = new Map<string, Counter | Gauge | Histogram>();

  /** A counter; with `labels`, one child per combination of values. */
  counter(name: string, help: string, labels: Readonly<Record<string, string>> = {}): Count {
    const counter = this.#make(name, () => this.#counter(name, help, Object.keys(labels)));
    const child = counter.labels(labels);
    return { inc: (by = 1) => child.inc(by) };
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

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #make<T extends Counter | Gauge | Histogram>(name: string, create: () => T): T {
    const known = this.#made.get(name);
    if (known) return known as T;
    const made = create();
    this.#made.set(name, made);
    return made;
  }
}
