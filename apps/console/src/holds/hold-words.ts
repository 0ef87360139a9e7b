import type { Hold } from '@interoffice/contract';

/** One line for each kind of condition: what of it is enough, and that all lines must be met. */
export function conditionsOf({ people, rooms, peers, words, from, until }: Hold): string[] {
  const any = (what: string, of: readonly string[]): string[] =>
    of.length === 0 ? [] : [`${what} ${of.join(' or ')}`];
  return [
    ...any('people:', people),
    ...any('rooms:', rooms),
    ...any('servers:', peers),
    ...any(
      'words:',
      words.map((text) => `“${text}”`),
    ),
    ...periodOf(from, until),
  ];
}

/** Lines of a text field, without empty ones. */
export function linesOf(text: string): string[] {
  return text
    .split(/[\n,;]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The day after one that is meant whole: a hold's end is not included. Undefined for no day. */
export function dayAfter(day: string): string | undefined {
  if (day === '') return undefined;
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + 1);
  return at.toISOString();
}

function periodOf(from: string | undefined, until: string | undefined): string[] {
  if (from === undefined && until === undefined) return [];
  const start = from === undefined ? '' : `from ${from.slice(0, 10)} `;
  // The last whole day, as it was asked for.
  const end = until === undefined ? '' : `until ${new Date(Date.parse(until) - 1).toISOString().slice(0, 10)}`;
  return [`${start}${end}`.trim()];
}
