import { type Element, NS } from '@interoffice/wire';

/** What `{any:name}` has stood for so far, by name. */
export type Values = Map<string, string>;

/** What servers add by themselves and a pattern need not mention. */
const ADDED: readonly (readonly [namespace: string, name: string])[] = [
  [NS.sid, 'stanza-id'],
  [NS.occupantId, 'occupant-id'],
  [NS.vcardUpdate, 'x'],
  [NS.caps, 'c'],
  ['urn:xmpp:hats:0', 'hats'],
  // RFC 6120 §8.3.2: a sentence for people. XEP-0059 §2.6: the count is optional.
  [NS.stanzas, 'text'],
  [NS.rsm, 'count'],
];

/** RFC 6120 §8.3.1: an error may repeat what it answers. */
const isRepeated = (parent: Element, child: Element): boolean =>
  parent.attrs['type'] === 'error' && parent.getNS() === NS.client && child.getName() !== 'error';

const isAdded = (parent: Element, child: Element): boolean =>
  isRepeated(parent, child) ||
  ADDED.some(([namespace, name]) => child.getNS() === namespace && child.getName() === name);

/** XEP-0045 §19.2 (a choice) leaves the order of what a room says about an occupant open. */
const isUnordered = (element: Element): boolean => element.getNS() === NS.mucUser && element.getName() === 'x';

const isNo = (child: Element): boolean => child.getName() === 'no';

/**
 * Where an element is not what the pattern says: everything the pattern names must be there, in order, and no other
 * child. `{any}` stands for a value that does not matter, `{any:name}` for the same one wherever it stands, `{none}` for
 * an attribute that must be missing. An element with `…` among its children has at least the others, in whatever order;
 * `<no>…</no>` holds children it must not have. `values` is filled as far as the comparison went.
 */
export function differences(
  pattern: Element,
  actual: Element,
  values: Values = new Map<string, string>(),
  path = pattern.getName(),
): string[] {
  if (pattern.getName() !== actual.getName() || pattern.getNS() !== actual.getNS()) {
    return [
      `${path}: expected <${pattern.getName()} xmlns="${pattern.getNS()}">, not <${actual.getName()} xmlns="${actual.getNS()}">`,
    ];
  }
  return [...ofAttributes(pattern, actual, values, path), ...ofContent(pattern, actual, values, path)];
}

function ofAttributes(pattern: Element, actual: Element, values: Values, path: string): string[] {
  return Object.entries(pattern.attrs as Record<string, string>).flatMap(([name, wanted]) => {
    const given = actual.attrs[name] as string | undefined;
    return name === 'xmlns' || fits(wanted, given, values)
      ? []
      : [`${path}@${name}: expected "${wanted}", not "${given}"`];
  });
}

function fits(wanted: string, given: string | undefined, values: Values): boolean {
  if (wanted === '{none}') return given === undefined;
  if (given === undefined || wanted === '{any}') return given !== undefined;
  const name = /^\{any:([^}]+)\}$/.exec(wanted)?.[1];
  if (name === undefined) return wanted === given;
  if (!values.has(name)) values.set(name, given);
  return values.get(name) === given;
}

function ofContent(pattern: Element, actual: Element, values: Values, path: string): string[] {
  const children = pattern.getChildElements();
  const wanted = children.filter((child) => !isNo(child));
  const given = actual
    .getChildElements()
    .filter((child) => !isAdded(actual, child) || wanted.some((w) => w.is(child.getName(), child.getNS())));
  const unwanted = children
    .filter(isNo)
    .flatMap((no) => no.getChildElements())
    .flatMap((no) =>
      given
        .filter((child) => differences(no, child).length === 0)
        .map((child) => `${path}: unexpected ${child.toString()}`),
    );
  if (pattern.getText().includes('…')) return [...unwanted, ...missing(wanted, given, values, path)];
  return [...unwanted, ...ofAll(wanted, given, { pattern, actual, values, path })];
}

/** Every pattern is met by another of the elements; those are taken out. */
function missing(wanted: readonly Element[], given: Element[], values: Values, path: string): string[] {
  return wanted.flatMap((child) => {
    const at = given.findIndex((element) => meets(child, element, values));
    if (at >= 0) {
      given.splice(at, 1);
      return [];
    }
    const below = `${path}/${child.getName()}`;
    const alike = given.filter((element) => element.is(child.getName(), child.getNS()));
    return alike.length === 1
      ? differences(child, alike[0]!, new Map(values), below)
      : [`${below}: missing ${child.toString()}`];
  });
}

/** Whether an element is what the pattern says; only then do its values count. */
export function meets(pattern: Element, actual: Element, values: Values): boolean {
  const tried = new Map(values);
  if (differences(pattern, actual, tried).length > 0) return false;
  for (const [name, value] of tried) values.set(name, value);
  return true;
}

interface Compared {
  readonly pattern: Element;
  readonly actual: Element;
  readonly values: Values;
  readonly path: string;
}

function ofAll(
  wanted: readonly Element[],
  given: Element[],
  { pattern, actual, values, path }: Compared,
): readonly string[] {
  if (wanted.length !== given.length) return [`${path}: expected ${wanted.length} children, not ${given.length}`];
  if (isUnordered(pattern)) return missing(wanted, given, values, path);
  if (wanted.length > 0)
    return wanted.flatMap((child, i) => differences(child, given[i]!, values, `${path}/${child.getName()}`));
  const [text, other] = [pattern.getText().trim(), actual.getText().trim()];
  return fits(text, other, values) ? [] : [`${path}: expected the text "${text}", not "${other}"`];
}
