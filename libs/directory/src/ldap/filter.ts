import { AndFilter, EqualityFilter, FilterParser, type Filter } from 'ldapts';
import { Failure } from '@interoffice/telemetry';

/** A value as it may stand in a filter's text (RFC 4515 §3): `*()\` and NUL escaped, as are all bytes above 0x7f. */
export function escapeFilterValue(value: string | Buffer): string {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value, 'utf8');
  return Array.from(bytes, (byte) => {
    const literal = byte >= 0x20 && byte < 0x7f && !'*()\\'.includes(String.fromCharCode(byte));
    return literal ? String.fromCharCode(byte) : `\\${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

/**
 * Reads a filter an administrator wrote. Rejects with DIRECTORY_FILTER_INVALID. Runs of `\hh` above 0x7f are turned into
 * the characters they stand for first, because ldapts makes wrong UTF-8 of them. COMPAT(ldapts, 9.2)
 */
export function readFilter(text: string): Filter {
  try {
    return FilterParser.parseString(text.replaceAll(/(?:\\[89a-f][0-9a-f])+/gi, decodeRun));
  } catch (cause) {
    throw new Failure('DIRECTORY_FILTER_INVALID', `the filter ${text} is not well formed (RFC 4515)`, { cause });
  }
}

/**
 * Entries of the filter that have this value, taken as it is: the value goes to the server as bytes, and no character
 * of it can become part of the filter.
 */
export function narrowed(filter: Filter, attribute: string, value: string | Buffer): Filter {
  return new AndFilter({ filters: [filter, new EqualityFilter({ attribute, value: Buffer.from(value) })] });
}

function decodeRun(run: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(run.replaceAll('\\', ''), 'hex'));
}
