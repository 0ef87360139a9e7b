import { Failure } from '@interoffice/telemetry';

const GREEN = '\x1b[32m';
const RED = '\x1b[31m';
const YELLOW = '\x1b[33m';
const OFF = '\x1b[0m';

/** Colour only where somebody looks: not in files, pipes and logs. */
export function coloured(text: string, colour: 'green' | 'red' | 'yellow'): string {
  if (!process.stdout.isTTY) return text;
  return `${{ green: GREEN, red: RED, yellow: YELLOW }[colour]}${text}${OFF}`;
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Rows under a head, each column as wide as its widest cell. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  for (const row of all)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
}

/** Facts one below the other, each behind its name. */
export function printFacts(facts: readonly (readonly [name: string, value: string])[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) print(`${name.padEnd(width)}  ${value}`.trimEnd());
}

/** What others have written is data: control characters must not reach the terminal. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, ' ').slice(0, 120);
}

/** A bar on a terminal, nothing elsewhere. */
export function progressBar(label: string): (at: { done: number; total: number }) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return ({ done, total }) => {
    const filled = total === 0 ? 30 : Math.round((30 * done) / total);
    process.stderr.write(
      `\r${label} [${'█'.repeat(filled)}${'·'.repeat(30 - filled)}] ${done}/${total}${done >= total ? '\n' : ''}`,
    );
  };
}

/** The first line of standard input: how passwords get in, never by argument. */
export async function readPassword(): Promise<string> {
  if (process.stdin.isTTY)
    throw new Failure('NO_PASSWORD', 'Give the password on standard input: … --password-stdin < file');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  const [line = ''] = Buffer.concat(chunks).toString('utf8').split(/\r?\n/, 1);
  if (line === '') throw new Failure('NO_PASSWORD', 'Standard input holds no password.');
  return line;
}
