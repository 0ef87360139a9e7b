/** What an event may carry. Never a message body, a password, a token or a key. */
export type Fields = Readonly<Record<string, string | number | boolean | null | undefined | Error>>;

export type Level = 'debug' | 'info' | 'warn' | 'error';

/**
 * Logs are events: a dotted name in the past tense, declared in the `events.ts` of the lib that emits it, and typed
 * fields. Never a sentence with values inside: operators search for names and filter by fields.
 */
export interface Log {
  debug(event: string, fields?: Fields): void;
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  error(event: string, fields?: Fields): void;
  /** The same log with these fields on every event. */
  with(fields: Fields): Log;
}

const RANK: Record<Level, number> = { debug: 10, info: 20, warn: 30, error: 40 };

/** One JSON object per line: `{"time","level","event",…fields}`; errors appear as `code`, `message` and their causes. */
export function jsonLog(options: { write: (line: string) => void; now: () => number; level: Level }): Log {
  const least = RANK[options.level];
  const make = (bound: Fields): Log => {
    const emit = (level: Level, event: string, fields: Fields | undefined): void => {
      if (RANK[level] < least) return;
      const line: Record<string, unknown> = { time: new Date(options.now()).toISOString(), level, event };
      for (const [name, value] of Object.entries({ ...bound, ...fields })) {
        if (value !== undefined) line[name] = value instanceof Error ? describeError(value) : value;
      }
      options.write(`${JSON.stringify(line)}\n`);
    };
    return {
      debug: (event, fields) => emit('debug', event, fields),
      info: (event, fields) => emit('info', event, fields),
      warn: (event, fields) => emit('warn', event, fields),
      error: (event, fields) => emit('error', event, fields),
      with: (fields) => make({ ...bound, ...fields }),
    };
  };
  return make({});
}

/** Discards everything: for tests and tools whose output is something else. */
export const silentLog: Log = jsonLog({ write: () => undefined, now: () => 0, level: 'error' });

/** The error with its stable code and the chain of causes, as one line of text. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error, depth = 0; at !== undefined && at !== null && depth < 5; depth++) {
    if (!(at instanceof Error)) {
      parts.push(typeof at === 'string' ? at : 'unknown cause');
      break;
    }
    const code = 'code' in at && typeof at.code === 'string' ? `${at.code}: ` : '';
    parts.push(`${code}${at.message}`);
    at = at.cause;
  }
  return parts.join(' ← ');
}
