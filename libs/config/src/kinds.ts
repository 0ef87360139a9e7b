import { isGroup, isList, type Content } from './located.js';
import { scalar, type About, type Schema } from './schema.js';
import { parseAddress, parseDomain, parseDuration, parseSize, type SocketAddress } from './units.js';

/** Any text that is not blank. */
export function text(about: About): Schema<string> {
  return scalar('a text', (written) => (written.trim() === '' ? undefined : written), about);
}

/** A password or key; errors never show what was written. */
export function secret(about: About): Schema<string> {
  const inner = scalar('a secret, best as { file: /run/secrets/name }', (written) => written || undefined, about);
  return {
    ...inner,
    read: (at, { problems }) =>
      typeof at.content === 'string' && at.content !== ''
        ? at.content
        : problems.note(at.origin, `expected ${inner.expects}; write digits in quotes`),
  };
}

/** `true` or `false`. */
export function flag(about: About): Schema<boolean> {
  return scalar('true or false', (written) => ({ true: true, false: false })[written], about);
}

/** A whole number within bounds. */
export function whole(bounds: { least: number; most: number }, about: About): Schema<number> {
  const expects = `a whole number from ${bounds.least} to ${bounds.most}`;
  const parse = (written: string): number | undefined => {
    const number = /^\d{1,15}$/.test(written) ? Number(written) : NaN;
    return number >= bounds.least && number <= bounds.most ? number : undefined;
  };
  return scalar(expects, parse, about);
}

/** A length of time, in milliseconds when checked. */
export function duration(about: About): Schema<number> {
  return scalar('a duration with its unit, such as 30s or "5 minutes"', parseDuration, about);
}

/** An amount of data, in bytes when checked. */
export function size(about: About): Schema<number> {
  return scalar('a size with its unit, such as "256 kB" or 8MiB', parseSize, about);
}

/** A domain name, lower case when checked. */
export function domain(about: About): Schema<string> {
  return scalar('a domain name', parseDomain, about);
}

/** A domain name, or false for none. */
export function domainOrFalse(about: About): Schema<string | false> {
  return scalar('a domain name, or false', (written) => (written === 'false' ? false : parseDomain(written)), about);
}

/** A host and port. */
export function address(about: About): Schema<SocketAddress> {
  return scalar('host:port, such as 127.0.0.1:5222 or "[::1]:5222"', parseAddress, about);
}

/** A host and port, or false to switch the listener off. */
export function listener(about: About): Schema<SocketAddress | false> {
  const expects = 'host:port, such as 127.0.0.1:5222 or "[::1]:5222", or false';
  return scalar(expects, (written) => (written === 'false' ? false : parseAddress(written)), about);
}

/** A URL of one of these schemes, without user and password in it. */
export function url(schemes: readonly string[], about: About): Schema<string> {
  const parse = (written: string): string | undefined => {
    const parsed = URL.canParse(written) ? new URL(written) : undefined;
    return parsed && schemes.includes(parsed.protocol.slice(0, -1)) && parsed.password === '' ? written : undefined;
  };
  return scalar(
    `a URL beginning with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}, no password in it`,
    parse,
    about,
  );
}

/** One of a few words. */
export function choice<const W extends string>(words: readonly W[], about: About): Schema<W> {
  const inner = scalar(words.join(' or '), (written) => words.find((word) => word === written), about);
  const accepts = (content: Content): boolean => {
    return !isGroup(content) && !isList(content) && words.some((word) => word === String(content));
  };
  return { ...inner, accepts };
}
