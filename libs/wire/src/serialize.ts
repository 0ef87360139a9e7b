import type { Element } from '@xmpp/xml';
import { UnserializableText, escapeAttribute, escapeText } from './escape.js';
import { isNcName } from './names.js';

interface Open {
  readonly element: Element;
  readonly xmlns: string | undefined;
  next: number;
}

const checkedNames = new Set<string>();
const MAX_CHECKED_NAMES = 4096;

function demandName(name: string): void {
  if (checkedNames.has(name)) return;
  if (!isNcName(name)) throw new UnserializableText(`The name ${JSON.stringify(name.slice(0, 80))}`);
  if (checkedNames.size < MAX_CHECKED_NAMES) checkedNames.add(name);
}

function demandPrefix(element: Element, prefix: string): void {
  if (prefix === 'xml' || typeof element.attrs[`xmlns:${prefix}`] === 'string') return;
  throw new UnserializableText(`The undeclared prefix ${JSON.stringify(prefix.slice(0, 80))}`);
}

function demandQualifiedName(element: Element, name: string): void {
  const colon = name.indexOf(':');
  if (colon < 0) return demandName(name);
  const prefix = name.slice(0, colon);
  demandName(prefix);
  demandName(name.slice(colon + 1));
  demandPrefix(element, prefix);
}

function demandElementName(element: Element, isRoot: boolean): void {
  // Every stream header of ours declares this one: RFC 6120 §4.8.5.
  if (isRoot && element.name.startsWith('stream:')) return demandName(element.name.slice('stream:'.length));
  demandQualifiedName(element, element.name);
}

/** Builders may put numbers and booleans where text belongs. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return value.toString();
  throw new UnserializableText(`A value of type ${typeof value}`);
}

function attributes(element: Element, inherited: string | undefined): string {
  let text = '';
  const attrs: Record<string, unknown> = element.attrs;
  for (const name of Object.keys(attrs)) {
    const value = attrs[name];
    if (value === undefined || value === null) continue;
    if (name === 'xmlns' && value === inherited) continue;
    if (!name.startsWith('xmlns:')) demandQualifiedName(element, name);
    else demandName(name.slice('xmlns:'.length));
    text += ` ${name}="${escapeAttribute(asText(value))}"`;
  }
  return text;
}

function serializeFlat(element: Element, child: unknown, contentNamespace: string | undefined): string {
  demandElementName(element, true);
  const start = `<${element.name}${attributes(element, contentNamespace)}`;
  if (element.children.length === 0) return `${start}/>`;
  const text = child === undefined || child === null ? '' : escapeText(asText(child));
  return `${start}>${text}</${element.name}>`;
}

/**
 * The element as text. Parsing it gives the same tree: names are checked, text and values are escaped, and a namespace
 * is written only where it differs from the parent's (for the root: from `contentNamespace`, the one the stream's
 * header declares). Throws `UnserializableText` for characters or names XML cannot hold, and for prefixes that are not
 * declared where they are used. Does not recurse, so depth costs no stack.
 */
export function serialize(root: Element, contentNamespace?: string): string {
  const [only] = root.children;
  // Most of what the server says itself is one element with a text in it, or with nothing.
  if (root.children.length <= 1 && (only === null || typeof only !== 'object'))
    return serializeFlat(root, only, contentNamespace);
  let text = '';
  const open: Open[] = [];
  const enter = (element: Element, inherited: string | undefined): void => {
    demandElementName(element, open.length === 0);
    text += `<${element.name}${attributes(element, inherited)}`;
    if (element.children.length === 0) {
      text += '/>';
      return;
    }
    text += '>';
    const own: unknown = element.attrs['xmlns'];
    open.push({ element, xmlns: typeof own === 'string' ? own : inherited, next: 0 });
  };
  enter(root, contentNamespace);
  for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
    const node = at.element.children[at.next++];
    if (node === undefined && at.next > at.element.children.length) {
      text += `</${at.element.name}>`;
      open.pop();
    } else if (node !== null && typeof node === 'object') {
      enter(node, at.xmlns);
    } else if (node !== undefined && node !== null) {
      text += escapeText(asText(node));
    }
  }
  return text;
}

/**
 * Writes the element's bytes at `offset`; returns the offset behind them, or −1, with nothing promised about the bytes
 * from `offset` on, when they do not fit.
 */
export function serializeInto(element: Element, buffer: Buffer, offset: number): number {
  const text = serialize(element);
  if (Buffer.byteLength(text) > buffer.length - offset) return -1;
  return offset + buffer.write(text, offset);
}
