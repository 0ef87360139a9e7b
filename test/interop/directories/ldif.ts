/** An entry as LDIF shows it (RFC 2849): values as bytes, by attribute name in lower case. */
export interface LdifEntry {
  readonly dn: string;
  readonly values: ReadonlyMap<string, readonly Buffer[]>;
}

/** Reads what ldapsearch prints with `-LLL -o ldif-wrap=no`. References to other servers are left out. */
export function readLdif(text: string): readonly LdifEntry[] {
  return text
    .split(/\n\n+/)
    .map((block) => block.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
    .filter(([first]) => first?.startsWith('dn:'))
    .map(readEntry);
}

function readEntry([first, ...lines]: readonly string[]): LdifEntry {
  const values = new Map<string, Buffer[]>();
  for (const line of lines) {
    const [name, value] = readLine(line);
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return { dn: readLine(first!)[1].toString(), values };
}

function readLine(line: string): [string, Buffer] {
  const [, name, isEncoded, value] = /^([^:]+):(:?) ?(.*)$/.exec(line) ?? [];
  if (name === undefined) throw new Error(`no LDIF: ${line}`);
  return [name.toLowerCase(), Buffer.from(value!, isEncoded === ':' ? 'base64' : 'utf8')];
}

/** The values of an attribute as text. */
export function texts(entry: LdifEntry, attribute: string): readonly string[] {
  return (entry.values.get(attribute.toLowerCase()) ?? []).map(String);
}

/** An entry, or a change of one, to be written: attributes in order, several values each. */
export type LdifLines = readonly (readonly [name: string, value: string | Buffer])[];

export function writeLdif(entries: readonly LdifLines[]): string {
  return entries.map((lines) => `${lines.map(writeLine).join('\n')}\n`).join('\n');
}

/** In base64 unless it may stand in the clear; `-` parts the changes of one entry. */
function writeLine([name, value]: readonly [string, string | Buffer]): string {
  if (name === '-') return '-';
  const isPlain = typeof value === 'string' && /^[A-Za-z0-9(/]([\x20-\x7e]*[\x21-\x7e])?$/.test(value);
  return isPlain ? `${name}: ${value}` : `${name}:: ${Buffer.from(value).toString('base64')}`;
}
