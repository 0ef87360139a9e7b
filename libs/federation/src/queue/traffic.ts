import { type Direction, DIRECTIONS, STANZA_CLASSES, type StanzaClass } from '@interoffice/policy';

/** What is counted: stanzas that passed, by class, and those that policy refused. One of two classes counts in both. */
export const TRAFFIC_KINDS = [...STANZA_CLASSES, 'refused'] as const;
export type TrafficKind = (typeof TRAFFIC_KINDS)[number];

/** What went over the border within one step. */
export interface TrafficPoint {
  /** When the step began; milliseconds since 1970. */
  readonly atMs: number;
  readonly in: Readonly<Record<TrafficKind, number>>;
  readonly out: Readonly<Record<TrafficKind, number>>;
}

const MINUTE_MS = 60_000;
const MINUTES = 60;
const KINDS = TRAFFIC_KINDS.length;
const PER_MINUTE = KINDS * DIRECTIONS.length;
const HOURS = 24;
/** Hours of all peers together, of some 4 kB each; the oldest hour of the longest quiet goes first. */
const MOST_CHUNKS = 4_000;

/** Of one peer, by the hour since 1970. */
type Hours = Map<number, Uint32Array>;

/** Counts per peer, direction and class of each minute of the last day; in memory, and gone with the process. */
export class Traffic {
  readonly #byPeer = new Map<string, Hours>();
  #chunks = 0;

  constructor(private readonly clock: { now(): number }) {}

  passed(peer: string, direction: Direction, classes: readonly StanzaClass[]): void {
    for (const kind of classes) this.#count(peer, direction, STANZA_CLASSES.indexOf(kind));
  }

  refused(peer: string, direction: Direction): void {
    this.#count(peer, direction, KINDS - 1);
  }

  /** The last minutes up to now, in steps of so many; nothing where nothing has ever gone. */
  of(peer: string, { minutes, step }: { readonly minutes: number; readonly step: number }): readonly TrafficPoint[] {
    const hours = this.#byPeer.get(peer);
    if (!hours) return [];
    const last = Math.floor(this.clock.now() / MINUTE_MS);
    // Steps begin at whole ones of the clock, so that they are the same ones in the next answer.
    const first = Math.floor((last - Math.min(minutes, HOURS * MINUTES) + 1) / step) * step;
    const points: TrafficPoint[] = [];
    for (let minute = first; minute <= last; minute += step) {
      points.push({ atMs: minute * MINUTE_MS, ...sumOf(hours, minute, step) });
    }
    return points;
  }

  #count(peer: string, direction: Direction, kind: number): void {
    const minute = Math.floor(this.clock.now() / MINUTE_MS);
    const at = (minute % MINUTES) * PER_MINUTE + DIRECTIONS.indexOf(direction) * KINDS + kind;
    this.#hour(peer, Math.floor(minute / MINUTES))[at]!++;
  }

  #hour(peer: string, hour: number): Uint32Array {
    const known = this.#byPeer.get(peer);
    const found = known?.get(hour);
    if (found) return found;
    const hours = known ?? new Map<number, Uint32Array>();
    // At the end: whoever is quiet comes first.
    this.#byPeer.delete(peer);
    this.#byPeer.set(peer, hours);
    const made = new Uint32Array(MINUTES * PER_MINUTE);
    hours.set(hour, made);
    this.#chunks++;
    for (const old of hours.keys()) if (old <= hour - HOURS - 1) this.#drop(peer, hours, old);
    if (this.#chunks > MOST_CHUNKS) this.#dropOldest();
    return made;
  }

  #dropOldest(): void {
    const [peer, hours] = this.#byPeer.entries().next().value!;
    this.#drop(peer, hours, hours.keys().next().value!);
  }

  #drop(peer: string, hours: Hours, hour: number): void {
    if (hours.delete(hour)) this.#chunks--;
    if (hours.size === 0) this.#byPeer.delete(peer);
  }
}

function sumOf(hours: Hours, first: number, step: number): Pick<TrafficPoint, 'in' | 'out'> {
  const sums = Array.from({ length: PER_MINUTE }, () => 0);
  for (let minute = first; minute < first + step; minute++) {
    const counts = hours.get(Math.floor(minute / MINUTES));
    if (!counts) continue;
    const from = (minute % MINUTES) * PER_MINUTE;
    for (let i = 0; i < PER_MINUTE; i++) sums[i]! += counts[from + i]!;
  }
  const way = (direction: Direction): TrafficPoint['in'] => {
    const from = DIRECTIONS.indexOf(direction) * KINDS;
    return Object.fromEntries(TRAFFIC_KINDS.map((kind, i) => [kind, sums[from + i]!])) as TrafficPoint['in'];
  };
  return { in: way('in'), out: way('out') };
}
