import type { AccountRecord, LoginTokens, Refusal } from '@interoffice/directory';
import { type Clock, type Count, describeError, type Log, type Metrics } from '@interoffice/telemetry';
import { type Jid, jid } from '@interoffice/wire';
import type { AuditLog } from '../audit/audit-log.js';
import type { ApiSessions } from '../login/api-sessions.js';

/** Who, or what, has closed an account: the directory, or an administrator here. */
export interface Cause {
  readonly why: Refusal | 'suspended' | 'deleted here';
  /** When it was seen: of an administrator's order, when it was given. */
  readonly detectedAtMs: number;
  /** A bare JID, `operator`, or `directory NAME`. */
  readonly actor: string;
  readonly role: string;
  readonly address: string;
  /** It was dealt with before: there is nothing to tell unless something is open again. */
  readonly isKnown?: boolean;
}

/** A room that has got another owner; `heir` undefined: there is no administrator who could own it. */
export interface HandedOver {
  readonly room: string;
  readonly heir: string | undefined;
}

/** What somebody had open, and that it is closed. */
export interface Closure {
  readonly streams: number;
  readonly apiSessions: number;
  readonly tokens: number;
  readonly rooms: readonly HandedOver[];
  readonly detectedAtMs: number;
  readonly closedAtMs: number;
}

export interface DepartureParts {
  readonly xmpp: {
    /** Ends every stream, up or kept to be resumed; gives their number. */
    accountChanged(record: AccountRecord): Promise<number>;
  };
  readonly apiSessions: Pick<ApiSessions, 'endAllOf'>;
  readonly tokens: Pick<LoginTokens, 'voidAllOf'>;
  readonly rooms: { handOver(leaver: Jid, actor: Jid): Promise<readonly HandedOver[]> };
  readonly audit: Pick<AuditLog, 'record'>;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** Somebody's departure that is not complete is tried again so often. */
const AGAIN_MS = 2000;
const BUCKETS_SECONDS = [0.1, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 300];

/**
 * Shuts a person out: everything that lets them in ends, streams first, since these need no database. What cannot be
 * done at once is tried again until it is, and says so meanwhile. The archive is not touched.
 */
export class Departures {
  readonly #waiting = new Map<string, { record: AccountRecord; cause: Cause }>();
  readonly #seconds: (value: number) => void;
  readonly #closed: Count;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(private readonly parts: DepartureParts) {
    const { metrics } = parts;
    this.#seconds = metrics.histogram(
      'interoffice_departure_closure_seconds',
      'From seeing that somebody may not be here any more until everything of theirs was closed.',
      BUCKETS_SECONDS,
    );
    this.#closed = metrics.counter('interoffice_departures_total', 'People who were shut out.');
    metrics.gauge(
      'interoffice_departures_incomplete',
      'People of whom something could not be closed yet; tried again every two seconds.',
      () => this.#waiting.size,
    );
  }

  /** People of whom something is still open: for the status page. */
  get incomplete(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** Undefined when something is still open: it is tried again, and `incomplete` names the account. */
  async close(record: AccountRecord, cause: Cause): Promise<Closure | undefined> {
    const { bare } = record.jid;
    try {
      const closure = await this.#close(record, cause);
      this.#waiting.delete(bare);
      return closure;
    } catch (error) {
      this.parts.log.error('departure.incomplete', { account: bare, reason: describeError(error) });
      this.#waiting.set(bare, { record, cause });
      this.#tryAgain();
      return undefined;
    }
  }

  /** May be here again: nothing of an earlier departure is done any more. */
  async readmit(record: AccountRecord): Promise<void> {
    this.#waiting.delete(record.jid.bare);
    await this.parts.xmpp.accountChanged(record);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #close(record: AccountRecord, cause: Cause): Promise<Closure> {
    const { xmpp, apiSessions, tokens, rooms, clock, log } = this.parts;
    const { bare, domain } = record.jid;
    const streams = await xmpp.accountChanged(record);
    const [ended, voided] = await Promise.all([apiSessions.endAllOf(bare), tokens.voidAllOf(bare)]);
    const handed = await rooms.handOver(record.jid, jid(undefined, domain));
    const closure: Closure = {
      streams,
      apiSessions: ended,
      tokens: voided,
      rooms: handed,
      detectedAtMs: cause.detectedAtMs,
      closedAtMs: clock.now(),
    };
    const isNothing = streams + ended + voided + handed.length === 0;
    if (cause.isKnown === true && isNothing) return closure;
    await this.#note(record, cause, closure);
    const seconds = (closure.closedAtMs - cause.detectedAtMs) / 1000;
    this.#seconds(seconds);
    this.#closed.inc();
    log.info('departure.closed', { account: bare, why: cause.why, seconds, streams });
    for (const { room, heir } of handed) if (heir === undefined) log.error('departure.room.ownerless', { room });
    return closure;
  }

  async #note({ jid: account }: AccountRecord, cause: Cause, closure: Closure): Promise<void> {
    const { actor, role, address, why } = cause;
    const { streams, apiSessions, tokens, rooms, detectedAtMs, closedAtMs } = closure;
    await this.parts.audit.record({
      actor,
      role,
      address,
      action: 'account.closed',
      subject: account.bare,
      details: {
        why,
        detectedAt: new Date(detectedAtMs).toISOString(),
        closedAt: new Date(closedAtMs).toISOString(),
        seconds: (closedAtMs - detectedAtMs) / 1000,
        streams,
        apiSessions,
        tokens,
        rooms: rooms.map(({ room, heir }) => ({ room, heir: heir ?? null })),
      },
    });
  }

  #tryAgain(): void {
    if (this.#isStopped || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void Promise.all([...this.#waiting.values()].map(({ record, cause }) => this.close(record, cause)));
    }, AGAIN_MS).unref();
  }
}
