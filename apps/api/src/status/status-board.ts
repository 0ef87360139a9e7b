import { Inject, Injectable } from '@nestjs/common';
import type { PartStatus, Status } from '@interoffice/contract';
import { describeError, type Clock } from '@interoffice/telemetry';
import { inTime } from '../in-time.js';
import { PORT } from '../ports.js';

/** A part of the server and how to find out whether it really works. */
export interface Part {
  readonly name: string;
  /** Uses the part; says in a sentence what it saw. `undefined`: switched off. Rejects when it does not work. */
  readonly probe: () => Promise<string | undefined>;
  /** What to do when it does not. */
  readonly remedy: string;
}

/** A part that does not answer for so long does not work. */
const LONGEST_PROBE_MS = 2000;

/** The state of every part, by using it. Remembers since when each is in its state. */
@Injectable()
export class StatusBoard {
  readonly #parts: readonly Part[];
  readonly #version: string;
  readonly #clock: Clock;
  readonly #since = new Map<string, { state: PartStatus['state']; at: number }>();

  constructor(
    @Inject(PORT.parts) parts: readonly Part[],
    @Inject(PORT.version) version: string,
    @Inject(PORT.clock) clock: Clock,
  ) {
    this.#parts = parts;
    this.#version = version;
    this.#clock = clock;
  }

  /** Probes every part at once; takes at most two seconds and never rejects. */
  async look(): Promise<Status> {
    const parts = await Promise.all(this.#parts.map((part) => this.#look(part)));
    return {
      working: parts.every(({ state }) => state !== 'failing'),
      checkedAt: new Date(this.#clock.now()).toISOString(),
      version: this.#version,
      parts,
    };
  }

  async #look(part: Part): Promise<PartStatus> {
    try {
      const seen = await inTime(part.probe(), LONGEST_PROBE_MS);
      return this.#standing(part, seen === undefined ? 'off' : 'working', seen ?? 'switched off in the settings');
    } catch (error) {
      return { ...this.#standing(part, 'failing', describeError(error)), remedy: part.remedy };
    }
  }

  #standing({ name }: Part, state: PartStatus['state'], detail: string): PartStatus {
    const known = this.#since.get(name);
    const standing = known?.state === state ? known : { state, at: this.#clock.now() };
    this.#since.set(name, standing);
    return { name, state, since: new Date(standing.at).toISOString(), detail };
  }
}
