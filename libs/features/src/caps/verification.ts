import { createHash } from 'node:crypto';
import { type Element, NS } from '@interoffice/wire';

/** Hash functions by their names at IANA, and as Node calls them. XEP-0115 §8.1 */
const HASHES: Readonly<Record<string, string>> = {
  'sha-1': 'sha1',
  'sha-224': 'sha224',
  'sha-256': 'sha256',
  'sha-384': 'sha384',
  'sha-512': 'sha512',
};
const NOTIFY = '+notify';

export function canVerify(hash: string): boolean {
  return Object.hasOwn(HASHES, hash);
}

/**
 * What `ver` must be for this answer to disco#info, with a hash that can be verified. Undefined: the answer is ill-formed,
 * or it could be another device's answer put together differently. XEP-0115 §5.1, §5.4
 */
export function verificationString(info: Element, hash: string): string | undefined {
  const identities = distinct(info.getChildren('identity').map(identityText));
  const features = distinct(info.getChildren('feature').map((feature) => attribute(feature, 'var')));
  const forms = formTexts(info.getChildren('x', NS.dataForms));
  if (!identities || !features || !forms) return undefined;
  const others = [...identities.map((text) => text.replaceAll('\0', '/')), ...forms];
  // The text that is hashed does not say where features end: one that is counted on must not pass for something else.
  if (others.some((text) => text.includes(NOTIFY))) return undefined;
  const parts = [...others.slice(0, identities.length), ...features, ...forms];
  const text = parts.map((part) => `${part}<`).join('');
  return createHash(HASHES[hash]!).update(text).digest('base64');
}

/** Nodes whose events are asked for. XEP-0060 §9.2 */
export function wantedNodes(info: Element): ReadonlySet<string> {
  const names = info.getChildren('feature').map((feature) => String(feature.attrs['var'] ?? ''));
  return new Set(names.filter((name) => name.endsWith(NOTIFY)).map((name) => name.slice(0, -NOTIFY.length)));
}

/** Sorted by category, type and language: NUL stands before every character of XML. */
function identityText(identity: Element): string {
  return ['category', 'type', 'xml:lang', 'name'].map((name) => attribute(identity, name)).join('\0');
}

/** XEP-0115 §5.1, note: a `<` within a part must not look like the end of it. */
function literal(text: string): string {
  return text.replaceAll('<', '&lt;');
}

function attribute(element: Element, name: string): string {
  return literal(String(element.attrs[name] ?? ''));
}

/** Sorted by octets; undefined when one is there twice. */
function distinct(texts: readonly string[]): string[] | undefined {
  return new Set(texts).size === texts.length ? texts.toSorted(byOctets) : undefined;
}

/** XEP-0128 forms, each as the parts it contributes; those without a hidden FORM_TYPE are left out. */
function formTexts(forms: readonly Element[]): string[] | undefined {
  const known = new Map<string, string[]>();
  for (const form of forms) {
    const fields = form.getChildren('field');
    const formType = fields.find((field) => field.attrs['var'] === 'FORM_TYPE');
    if (formType?.attrs['type'] !== 'hidden') continue;
    const [name, ...rest] = new Set(valuesOf(formType));
    if (name === undefined || rest.length > 0 || known.has(name)) return undefined;
    const others = fields.filter((field) => field !== formType);
    const sorted = others.toSorted((a, b) => byOctets(attribute(a, 'var'), attribute(b, 'var')));
    known.set(name, [name, ...sorted.flatMap((field) => [attribute(field, 'var'), ...valuesOf(field)])]);
  }
  return [...known.keys()].toSorted(byOctets).flatMap((name) => known.get(name)!);
}

function valuesOf(field: Element): string[] {
  return field
    .getChildren('value')
    .map((value) => literal(value.getText()))
    .toSorted(byOctets);
}

/** `i;octet` of RFC 4790 §9.3 */
function byOctets(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
