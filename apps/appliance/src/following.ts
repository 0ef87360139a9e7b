import type { Departures, SyncedSource } from '@interoffice/api';
import {
  DirectorySync,
  ENDS_SESSIONS,
  LdapPeople,
  type OnChanged,
  type PostgresSyncRecords,
  type SyncParts,
  type SyncRun,
  SyncSchedule,
} from '@interoffice/directory';
import { type Clock, describeError, type Log } from '@interoffice/telemetry';
import { setTimeout as delay } from 'node:timers/promises';
import type { FollowedSource, People } from './people.js';
import { syncedSource } from './synced-source.js';

export interface FollowingParts {
  readonly people: Pick<People, 'records' | 'groups' | 'followed'>;
  readonly syncs: PostgresSyncRecords;
  readonly departures: Pick<Departures, 'close' | 'readmit'>;
  /** Bare JIDs of everybody who is connected, or may resume. */
  readonly online: () => Iterable<string>;
  /** Told of every sync that has ended. */
  readonly synced: (run: SyncRun) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** The first sync of a large directory goes on while people log in already. */
const FIRST_WITHIN_MS = 20_000;

interface Followed {
  readonly shown: SyncedSource;
  readonly sync: DirectorySync;
  readonly schedule: SyncSchedule;
}

/** Keeps in step with all directory sources, and shuts out at once whom one of them does not let in any more. */
export class Following {
  readonly #all: readonly Followed[];

  constructor(private readonly parts: FollowingParts) {
    this.#all = parts.people.followed.map((one) => this.#follow(one));
  }

  /** As the console shows them. */
  get sources(): readonly SyncedSource[] {
    return this.#all.map(({ shown }) => shown);
  }

  /** Returns when what has changed since the last time is known, or after twenty seconds. A source that cannot be read is an event. */
  async start(): Promise<void> {
    await Promise.all(
      this.#all.map(({ sync }) => Promise.race([this.#first(sync), delay(FIRST_WITHIN_MS, undefined, { ref: false })])),
    );
    for (const { schedule } of this.#all) schedule.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map(({ schedule }) => schedule.stop()));
  }

  async #first(sync: DirectorySync): Promise<void> {
    try {
      const { outcome, error } = await sync.changes();
      if (outcome !== 'failed') return;
      // The directory's own events say why; people known from before can still be written to.
      this.parts.log.warn('appliance.directory.unreachable', { directory: sync.name, reason: error });
    } catch (error) {
      this.parts.log.warn('appliance.directory.unreachable', { directory: sync.name, reason: describeError(error) });
    }
  }

  #follow({ source, ldap }: FollowedSource): Followed {
    const { people, syncs, online, synced, clock, log } = this.parts;
    const parts: SyncParts = { records: people.records, groups: people.groups, syncs, clock, log };
    const reader = new LdapPeople(source.reading, { pool: ldap.pool, clock, log });
    const { guard, roles, onlineEveryMs, changesEveryMs } = source;
    const onChanged = this.#changed(ldap.name);
    const sync = new DirectorySync(reader, parts, { guard, roles, onChanged, onEnded: synced });
    const nightlyAtMinute = utcMinute(source.nightlyAtMinute, clock.now());
    const schedule = new SyncSchedule(sync, clock, { online, onlineEveryMs, changesEveryMs, nightlyAtMinute });
    const { domains } = source.login;
    return { sync, schedule, shown: syncedSource(ldap.name, { domains, roles, ldap, sync, schedule }) };
  }

  /** By how the account stands, not by what has just become of it: news that could not be told may stand for older ones. */
  #changed(directory: string): OnChanged {
    const { departures } = this.parts;
    return async (account, { refusal, turn, detectedAtMs }) => {
      if (refusal === undefined || !ENDS_SESSIONS.has(refusal)) return departures.readmit(account);
      const who = { actor: `directory ${directory}`, role: 'directory', address: directory };
      await departures.close(account, { ...who, why: refusal, detectedAtMs, isKnown: turn !== 'refused' });
    };
  }
}

/** A minute of the day by the local clock as one of UTC. */
function utcMinute(local: number, nowMs: number): number {
  const day = 24 * 60;
  return (((local + new Date(nowMs).getTimezoneOffset()) % day) + day) % day;
}
