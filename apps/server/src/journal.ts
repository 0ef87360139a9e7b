import { Journal, OffSink, type PoisonedEntry, PostgresSink } from '@interoffice/archive';
import type { Destination, Released, Session } from '@interoffice/routing';
import type { Database } from '@interoffice/storage';
import type { Clock, Log, Metrics } from '@interoffice/telemetry';
import { errorReply, internalServerError, NS, toTree } from '@interoffice/wire';

export interface JournalParts {
  readonly database: Database;
  readonly isRecorded: boolean;
  /** While nothing can be recorded for longer than this, messages are answered with an error of type wait. */
  readonly holdForMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

type OpenJournal = (released: (batch: Released) => void) => Journal<Session, Destination>;

/** The journal on PostgreSQL, ready to be given its callback; without recording, for benchmarks, on nothing. */
export async function openJournal({
  database,
  isRecorded,
  holdForMs,
  clock,
  log,
  metrics,
}: JournalParts): Promise<OpenJournal> {
  const onPoisoned = (entry: PoisonedEntry<Session, Destination>): void => tellAuthor(entry, log);
  const common = { holdForMs, clock, log, metrics, onPoisoned };
  if (!isRecorded) return (onReleased) => new Journal({ ...common, sink: new OffSink(), onReleased });
  const sink = new PostgresSink({ connection: database.connectionOf('writer'), log, metrics });
  const latestId = await sink.open(clock.now());
  return (onReleased) => new Journal({ ...common, sink, latestId, onReleased });
}

function tellAuthor({ id, author, stanza }: PoisonedEntry<Session, Destination>, log: Log): void {
  log.error('server.message.poisoned', { id, from: author.jid.toString() });
  const message = toTree(stanza, 0, stanza.length, NS.client);
  author.send(errorReply(message, internalServerError('The archive could not take this message; it was not sent.')));
}
