import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAuthority, type IssuedPair } from '@interoffice/pki';
import { Metrics, systemClock } from '@interoffice/telemetry';
import {
  type AcceptLimits,
  AcceptGuard,
  type Connection,
  type ConnectionSink,
  TlsContext,
} from '@interoffice/transport';
import { NS, Scanner, type StreamHeader, Vocabulary } from '@interoffice/wire';
import { RecordingLog } from './recording-log.js';

/** A certificate for `localhost` by an authority made for this one test; nothing stays on disk. */
export async function pairForLocalhost(): Promise<IssuedPair & { ca: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'transport-'));
  try {
    const authority = await ensureAuthority(directory, systemClock);
    const pair = await authority.issue({ names: ['localhost'], nowMs: Date.now(), days: 2 });
    return { ...pair, ca: authority.certificate };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What a connection told its sink, in words; `react` answers. */
export class Told implements ConnectionSink {
  readonly words: string[] = [];
  react: (word: string, connection: Connection) => void = () => undefined;
  #waiting: { word: string; resolve: () => void }[] = [];

  constructor(
    readonly connection: Connection,
    react?: (word: string, connection: Connection) => void,
  ) {
    connection.limits.maxBytes = 262_144;
    if (react) this.react = react;
  }

  opened(header: StreamHeader): void {
    this.#tell(`opened ${header.to ?? ''}`);
  }
  element(buf: Buffer, scan: Scanner): void {
    this.#tell(buf.toString('utf8', scan.start, scan.end));
  }
  closed(): void {
    this.#tell('closed');
  }
  abandoned(): void {
    this.#tell('abandoned');
  }
  failed(error: Error): void {
    this.#tell(`failed ${'condition' in error ? String(error.condition) : error.message}`);
  }
  overflowed(): void {
    this.#tell('overflowed');
  }
  gone(): void {
    this.#tell('gone');
  }

  /** Resolves once this has been told. */
  async heard(word: string): Promise<void> {
    if (this.words.includes(word)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ word, resolve }));
  }

  #tell(word: string): void {
    this.words.push(word);
    this.react(word, this.connection);
    for (const { resolve } of this.#waiting.filter((one) => one.word === word)) resolve();
    this.#waiting = this.#waiting.filter((one) => one.word !== word);
  }
}

/** All sinks made so far, and the next one to come. */
export class Sinks {
  readonly all: Told[] = [];
  react: ((word: string, connection: Connection) => void) | undefined;
  #next: ((told: Told) => void)[] = [];

  readonly accept = (connection: Connection): Told => {
    const told = new Told(connection, this.react);
    this.all.push(told);
    for (const resolve of this.#next.splice(0)) resolve(told);
    return told;
  };

  next(): Promise<Told> {
    return new Promise((resolve) => this.#next.push(resolve));
  }
}

/** What listeners and WebSockets need, with a log and counters to look at. */
export function transportParts(pair: { key: string; certificate: string }, limits: Partial<AcceptLimits> = {}) {
  const metrics = new Metrics();
  const refused = metrics.counter('interoffice_transport_refused_total', 'Refused');
  const late = metrics.counter('interoffice_transport_late_total', 'Late');
  const guard = new AcceptGuard({ perAddress: 100, loginWithinMs: 10_000, ...limits }, refused, late);
  const log = new RecordingLog();
  return { scanner: new Scanner(new Vocabulary()), tls: new TlsContext(pair), guard, log, metrics };
}

export const HEADER = `<stream:stream xmlns="jabber:client" xmlns:stream="${NS.stream}" to="im.example" version="1.0">`;
export const OPEN = `<open xmlns="${NS.framing}" to="im.example" version="1.0"/>`;
