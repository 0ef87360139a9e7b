/** An attribute's values, by lower-case name. */
export type SampleAttributes = ReadonlyMap<string, readonly (string | Buffer)[]>;

/** A filter as ldapjs parsed it. Values still carry the escapes of RFC 4515. */
export interface ParsedFilter {
  readonly type: string;
  readonly attribute?: string;
  readonly value?: string;
  readonly clauses?: readonly ParsedFilter[];
  readonly initial?: string;
  readonly any?: readonly string[];
  readonly final?: string;
}

/**
 * RFC 4511 §4.5.1.7 for the kinds of filter that we send: and, or, not, presence, equality, substrings. Case does not
 * matter. ldapjs' own matching never finds a value outside ASCII. COMPAT(ldapjs, 3.0)
 */
export function matchesFilter(filter: ParsedFilter, attributes: SampleAttributes): boolean {
  const clauses = filter.clauses ?? [];
  switch (filter.type) {
    case 'AndFilter':
      return clauses.every((clause) => matchesFilter(clause, attributes));
    case 'OrFilter':
      return clauses.some((clause) => matchesFilter(clause, attributes));
    case 'NotFilter':
      return !clauses.some((clause) => matchesFilter(clause, attributes));
    case 'PresenceFilter':
      return valuesOf(filter, attributes).length > 0;
    case 'EqualityFilter':
      return valuesOf(filter, attributes).includes(plain(filter.value));
    case 'SubstringFilter':
      return valuesOf(filter, attributes).some((value) => hasParts(value, filter));
    default:
      return false;
  }
}

function valuesOf({ attribute = '' }: ParsedFilter, attributes: SampleAttributes): string[] {
  return (attributes.get(attribute.toLowerCase()) ?? []).map((value) => String(value).toLowerCase());
}

function hasParts(value: string, { initial, any = [], final }: ParsedFilter): boolean {
  const start = plain(initial);
  const end = plain(final);
  if (!value.startsWith(start) || !value.endsWith(end) || value.length < start.length + end.length) return false;
  let rest = value.slice(start.length, value.length - end.length);
  for (const part of any.map(plain)) {
    const at = rest.indexOf(part);
    if (at < 0) return false;
    rest = rest.slice(at + part.length);
  }
  return true;
}

function plain(escaped = ''): string {
  const bytes = escaped.replaceAll(/(?:\\[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('\\', ''), 'hex').toString(),
  );
  return bytes.toLowerCase();
}
