import type { Export, ExportFormat } from '@interoffice/contract';

/** The forms as officers know them. */
export const FORMS: Readonly<Record<ExportFormat, string>> = {
  jsonl: 'JSON lines',
  csv: 'Table (CSV)',
  xml: 'XML',
  eml: 'A mail for each message (EML)',
  'eml-day': 'A mail for each conversation and day (EML)',
  rsmf: 'Relativity short messages (RSMF)',
  pdf: 'Pages to read (PDF/A)',
};

const PHASES: Readonly<Record<string, string>> = {
  select: 'looking for messages',
  collect: 'reading messages',
  arrange: 'putting conversations in order',
  render: 'writing',
  prove: 'adding the proofs',
  describe: 'adding the manifest',
};

/** How far it is, in a few words. */
export function standingOf({ state, phase, remainingSeconds, messages, exceptions, problem }: Export): string {
  if (state === 'failed') return problem?.text ?? 'It failed.';
  if (state === 'done') {
    const missing = exceptions ? `, ${exceptions} ${exceptions === 1 ? 'exception' : 'exceptions'}` : '';
    return `${messages ?? 0} ${messages === 1 ? 'message' : 'messages'}${missing}`;
  }
  if (state !== 'running') return state;
  const what = PHASES[phase ?? ''] ?? 'beginning';
  return remainingSeconds === undefined ? what : `${what}, ${timeLeft(remainingSeconds)} left`;
}

/** 0 to 100; undefined while nobody knows. */
export function percentOf({ done, total }: Pick<Export, 'done' | 'total'>): number | undefined {
  return total === undefined ? undefined : total === 0 ? 100 : Math.floor((100 * done) / total);
}

/** What was asked for, in the officer's words. */
export function filterWords({ filter }: Pick<Export, 'filter'>): string {
  const { text, participant, from, to, room, peer, since, until } = filter;
  const words = [
    text && `“${text}”`,
    participant && `of ${participant}`,
    from && `from ${from}`,
    to && `to ${to}`,
    room && `in ${room}`,
    peer && `with ${peer}`,
    since && `since ${new Date(since).toLocaleString()}`,
    until && `until ${new Date(until).toLocaleString()}`,
  ].filter((word) => word !== undefined && word !== '');
  return words.length === 0 ? 'everything' : words.join(', ');
}

export function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  const [unit, size] =
    bytes < 1_000_000 ? ['kB', 1_000] : bytes < 1_000_000_000 ? ['MB', 1_000_000] : ['GB', 1_000_000_000];
  return `${(bytes / size).toFixed(1)} ${unit}`;
}

function timeLeft(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
