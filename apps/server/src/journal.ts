import { Journal, OffSink, type PoisonedEntry, PostgresSink, Tally } from '@interoffice/archive';
import type { Destination, Recorder, Released, Session } from '@interoffice/routing';
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

/** A journal, with what was decided to be recorded counted apart from it. */
export interface CountedJournal {
  readonly journal: Journal<Session, Destination>;
  /** Undefined where nothing is recorded: there is nothing to compare with. */
  readonly tally?: Tally;
}

type OpenJournal = (released: (batch: Released) => void) => CountedJournal;

/** The journal on PostgreSQL, ready to be given its callback; without recording, for benchmarks, on nothing. */
export async function openJournal({
  database,
  isRecorded,
  holdForMs,
  clock,
  log,
  metrics,
}: JournalParts): Promise<OpenJournal> {
  const common = { holdForMs, clock, log, metrics };
  const sink = isRecorded
    ? new PostgresSink({ connection: database.connectionOf('writer'), log, metrics })
    : new OffSink();
  const latestId = sink instanceof PostgresSink ? await sink.open(clock.now()) : undefined;
  return (onReleased) => {
    const tally = isRecorded ? new Tally(latestId) : undefined;
    const onPoisoned = (entry: PoisonedEntry<Session, Destination>): void => {
      tally?.uncount(entry.author.party);
      tellAuthor(entry, log);
    };
    const journal = new Journal({ ...common, sink, latestId, onReleased, onPoisoned });
    return tally ? { journal, tally } : { journal };
  };
}

/** Counts what is decided to be recorded, then hands it to the journal. */
export function countedRecorder({ journal, tally }: CountedJournal): Recorder {
  if (!tally) return journal;
  return {
    append(p, verdict, author, sequence, to) {
      if (verdict.record) tally.count(p.author, p.idHigh, p.idLow);
      return journal.append(p, verdict, author, sequence, to);
    },
    get releasedBatch() {
      return journal.releasedBatch;
    },
    get mayAppend() {
      return journal.mayAppend;
    },
  };
}

function tellAuthor({ id, author, stanza }: PoisonedEntry<Session, Destination>, log: Log): void {
  log.error('server.message.poisoned', { id, from: author.jid.toString() });
  const message = toTree(stanza, 0, stanza.length, NS.client);
  author.send(errorReply(message, internalServerError('The archive could not take this message; it was not sent.')));
}
