import { domainToASCII } from 'node:url';

/** A header of a mail; its value is folded as it is. */
export type Header = readonly [name: string, value: string];

/** Bytes in one encoded word: with its frame it is no longer than 75 characters. RFC 2047 §2 */
const WORD_BYTES = 45;
const PLAIN = /^[ !-~]*$/;
const ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/** A mail of these headers and parts (RFC 5322, RFC 2045): one text, or a text and a file. */
export function mail(headers: readonly Header[], text: string, file?: { name: string; content: Buffer }): Buffer {
  const plain = part([['Content-Type', 'text/plain; charset=utf-8']], Buffer.from(text));
  const head = lines([...headers, ['MIME-Version', '1.0']]);
  if (!file) return Buffer.from(`${head}${plain}`);
  const attached = part(
    [
      ['Content-Type', `application/octet-stream; name="${file.name}"`],
      ['Content-Disposition', `attachment; filename="${file.name}"`],
    ],
    file.content,
  );
  const boundary = 'interoffice-part';
  // Parts are base64, in which the boundary cannot stand. RFC 2046 §5.1.1
  const type = lines([['Content-Type', `multipart/mixed; boundary="${boundary}"`]]);
  return Buffer.from(`${head}${type}\r\n--${boundary}\r\n${plain}--${boundary}\r\n${attached}--${boundary}--\r\n`);
}

function part(headers: readonly Header[], content: Buffer): string {
  const encoded = content.toString('base64').replaceAll(/.{76}(?=.)/g, '$&\r\n');
  return `${lines([...headers, ['Content-Transfer-Encoding', 'base64']])}\r\n${encoded}\r\n`;
}

function lines(headers: readonly Header[]): string {
  // A line with encoded words is no longer than 76 characters. RFC 2047 §2
  const line = ([name, value]: Header): string => `${name}:${value.startsWith('=?') ? '\r\n' : ''} ${value}\r\n`;
  return headers.map(line).join('');
}

/** Text in a header: nothing in it ends the line or the header (W-11). RFC 2047 */
export function headerText(text: string): string {
  if (PLAIN.test(text) && !text.includes('=?') && text.length < 70) return text;
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word) + Buffer.byteLength(character) > WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((one) => `=?UTF-8?B?${Buffer.from(one).toString('base64')}?=`).join('\r\n ');
}

/** Somebody: an address that mail programs accept, the name before it. What no mail address can have stands in the name. */
export function mailbox(address: string, name: string | undefined): string {
  const at = address.lastIndexOf('@');
  const [local, domain] = at < 0 ? ['', address] : [address.slice(0, at), address.slice(at + 1)];
  const ascii = domainToASCII(domain);
  const isPlain = (local === '' || PLAIN.test(local)) && ascii !== '';
  const spec = isPlain ? `${quoted(local === '' ? 'server' : local)}@${ascii}` : `${hexOf(address)}@invalid`;
  const shown = [name ?? (isPlain && local !== '' ? '' : address), isPlain || name === undefined ? '' : `(${address})`];
  const phrase = shown.filter((one) => one !== '').join(' ');
  return phrase === '' ? `<${spec}>` : `${phraseOf(phrase)}\r\n <${spec}>`;
}

export function mailboxes(all: readonly string[]): string {
  return all.join(',\r\n ');
}

/** Part of an address: as it is, or in quotation marks. RFC 5322 §3.4.1 */
function quoted(local: string): string {
  return ATOM.test(local) ? local : `"${local.replaceAll(/["\\]/g, '\\$&')}"`;
}

function phraseOf(text: string): string {
  if (!PLAIN.test(text) || text.length >= 60) return headerText(text);
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

function hexOf(text: string): string {
  return `utf-8.${Buffer.from(text).toString('hex').slice(0, 56)}`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** ISO 8601 as mail writes it. RFC 5322 §3.3 */
export function mailDate(iso: string): string {
  const at = new Date(iso);
  const day = `${DAYS[at.getUTCDay()]}, ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
  return `${day} ${at.toISOString().slice(11, 19)} +0000`;
}
