import { Failure } from '@interoffice/telemetry';

/** One row with the line it began on. Columns that the header does not name are missing. */
export type Row<Column extends string> = { readonly line: number } & { readonly [C in Column]?: string };

/**
 * Reads RFC 4180 with a header. Rejects with MALFORMED_CSV, naming the line, for an unknown column, an open quote, or a row
 * of another length than the header.
 */
export function readCsv<Column extends string>(text: string, columns: readonly Column[]): Row<Column>[] {
  const [head, ...rows] = split(text.replace(/^\uFEFF/, ''));
  if (!head) throw malformed(1, 'the file is empty');
  const strange = head.cells.find((name) => !(columns as readonly string[]).includes(name));
  if (strange !== undefined)
    throw malformed(head.line, `there is no column "${strange}"; known: ${columns.join(', ')}`);
  return rows.map(({ line, cells }) => {
    if (cells.length !== head.cells.length)
      throw malformed(line, `${cells.length} cells where the header has ${head.cells.length}`);
    const entries = head.cells.map((name, i) => [name, cells[i]!] as const).filter(([, cell]) => cell !== '');
    return { line, ...Object.fromEntries(entries) } as Row<Column>;
  });
}

function malformed(line: number, what: string): Failure {
  return new Failure('MALFORMED_CSV', `Line ${line}: ${what}.`);
}

interface Line {
  readonly line: number;
  readonly cells: string[];
}

function split(text: string): Line[] {
  const lines: Line[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const begun = line;
    const cells: string[] = [];
    for (;;) {
      const cell = readCell(text, at, begun);
      cells.push(cell.text);
      line += cell.breaks;
      at = cell.end;
      if (text[at] !== ',') break;
      at++;
    }
    if (text[at] === '\r') at++;
    if (at < text.length && text[at] !== '\n') throw malformed(line, 'something stands behind a closing quote');
    at++;
    line++;
    if (cells.length > 1 || cells[0] !== '') lines.push({ line: begun, cells });
  }
  return lines;
}

function readCell(text: string, from: number, line: number): { text: string; end: number; breaks: number } {
  if (text[from] !== '"') {
    const rest = /^[^,\r\n]*/.exec(text.slice(from, from + 65_536))![0];
    return { text: rest.trim(), end: from + rest.length, breaks: 0 };
  }
  let value = '';
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] !== '"') value += text[at];
    else if (text[at + 1] === '"') value += text[at++];
    else return { text: value, end: at + 1, breaks: value.split('\n').length - 1 };
  }
  throw malformed(line, 'a quote is not closed');
}
