import type { AccountRecords } from '../account-records.js';
import type { PeopleSource, SeenGroup } from '../people-source.js';
import type { Candidate } from '../records/adoption.js';
import type { Clock, Log } from '@interoffice/telemetry';
import { lookAtMissing } from './sync-plan.js';

/** How far the reading of everybody has come. */
export interface Progress {
  /** People so far. */
  readonly read: number;
  /** As many as there are accounts of the source; 0 at its first sync. */
  readonly expected: number;
  readonly startedAt: number;
}

/** All people of a source as they are now. */
export interface Everybody {
  readonly people: readonly Candidate[];
  readonly deleted: readonly string[];
  /** How many the source has shown by itself. */
  readonly read: number;
}

export interface ReaderParts {
  readonly records: AccountRecords;
  readonly clock: Clock;
  readonly log: Log;
}

/** Reads a source to its end before anything is done with what it says. */
export class EverybodyReader {
  progress: Progress | undefined;

  constructor(
    private readonly source: PeopleSource,
    private readonly parts: ReaderParts,
  ) {}

  /** Those whom the source does not show any more are looked at one by one. Rejects as the source does. */
  async everybody(): Promise<Everybody> {
    const { records, clock } = this.parts;
    const expected = (await records.ofDirectory(this.source.name)).length;
    const startedAt = clock.now();
    const people: Candidate[] = [];
    try {
      this.progress = { read: 0, expected, startedAt };
      for await (const page of this.source.people()) {
        people.push(...(await records.stage(page)));
        this.progress = { read: people.length, expected, startedAt };
      }
      const { found, deleted } = await lookAtMissing(this.source, records, people);
      return { people: [...people, ...(await records.stage(found))], deleted, read: people.length };
    } finally {
      this.progress = undefined;
    }
  }

  /** Undefined when they cannot be read: what is known of them stays, nobody is let in or kept out by that. */
  async groups(): Promise<readonly SeenGroup[] | undefined> {
    const groups: SeenGroup[] = [];
    try {
      for await (const page of this.source.groups()) groups.push(...page);
      return groups;
    } catch (error) {
      this.parts.log.warn('directory.groups.unread', { error: error instanceof Error ? error : undefined });
      return undefined;
    }
  }
}
