import { isGroup, isList, type Content, type Located, type Plain } from './located.js';
import { nearest } from './nearest.js';
import type { Problems } from './problems.js';

/**
 * What one setting may be. `read` gives the checked value, or notes what is wrong, at its line, and gives undefined;
 * it is called for absent settings only with their `initial` value.
 */
export interface Schema<T> {
  /** What it may be, as it stands after "expected": `a duration such as 30s`. */
  readonly expects: string;
  /** What it does, one or two sentences for docs/settings.md. */
  readonly says: string;
  /** The value of an absent setting; undefined when the setting must be given, unless `optional`. */
  readonly initial?: Plain;
  readonly optional?: boolean;
  /** The keys of a group, or of the groups inside a list or choice: for the documentation and for misplaced keys. */
  readonly members?: Members;
  accepts(content: Content): boolean;
  read(at: Located, reading: Reading): T | undefined;
}

/** The keys of a group. */
export type Members = Readonly<Record<string, Schema<unknown>>>;

/** Where problems go, and the whole schema, so that a misplaced key can be told where it belongs. */
export interface Reading {
  readonly problems: Problems;
  readonly root: Members;
}

/** What the author of a setting says about it. */
export interface About {
  readonly says: string;
  readonly initial?: Plain;
}

/** `hold-for` → `holdFor`. */
export type Camel<K extends string> = K extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : K;

/** The checked value of a schema. */
export type Checked<S> = S extends Schema<infer T> ? T : never;

/** A group's checked values; names as programs write them. */
export type CheckedGroup<M extends Members> = { readonly [K in keyof M & string as Camel<K>]: Checked<M[K]> };

/** A value written as one word or line; `parse` gives undefined for what it does not accept. */
export function scalar<T>(expects: string, parse: (text: string) => T | undefined, about: About): Schema<T> {
  return {
    ...about,
    expects,
    accepts: (content) => !isGroup(content) && !isList(content) && content !== null,
    read: (at, { problems }) => {
      const written = at.content;
      if (written !== null && !isGroup(written) && !isList(written)) {
        const value = parse(String(written));
        if (value !== undefined) return value;
      }
      return problems.note(at.origin, `expected ${expects}, found ${shown(written)}`);
    },
  };
}

/** A list of at least one. */
export function list<T>(item: Schema<T>, about: About): Schema<readonly T[]> {
  const expects = `a list, each ${item.expects}`;
  return {
    ...about,
    expects,
    members: item.members,
    accepts: isList,
    read: (at, reading) => {
      if (!isList(at.content))
        return reading.problems.note(at.origin, `expected ${expects}, found ${shown(at.content)}`);
      if (at.content.length === 0) return reading.problems.note(at.origin, `the list is empty; expected ${expects}`);
      return at.content.flatMap((one) => item.read(one, reading) ?? []);
    },
  };
}

/** One of several forms, told apart by their shape: the first that accepts the content reads it. */
export function either<const F extends readonly Schema<unknown>[]>(forms: F, about: About): Schema<Checked<F[number]>> {
  const expects = forms.map((form) => form.expects).join(', or ');
  const members = Object.assign({}, ...forms.map((form) => form.members ?? {})) as Members;
  return {
    ...about,
    expects,
    members,
    accepts: (content) => forms.some((form) => form.accepts(content)),
    read: (at, reading) => {
      const form = forms.find((one) => one.accepts(at.content));
      if (form) return form.read(at, reading) as Checked<F[number]> | undefined;
      return reading.problems.note(at.origin, `expected ${expects}, found ${shown(at.content)}`);
    },
  };
}

/** A group of keys. Unknown and misplaced keys are refused with the nearest valid one. */
export function group<const M extends Members>(members: M, about: About): Schema<CheckedGroup<M>> {
  return {
    ...about,
    initial: about.initial ?? {},
    expects: `a group with ${Object.keys(members).join(', ')}`,
    members,
    accepts: isGroup,
    read: (at, reading) => {
      const content = at.content ?? new Map<string, never>();
      if (!isGroup(content)) {
        return reading.problems.note(
          at.origin,
          `expected ${Object.keys(members).join(', ')} below it, found ${shown(content)}`,
        );
      }
      for (const [key, entry] of content) {
        if (!Object.hasOwn(members, key))
          reading.problems.note(entry.keyOrigin, unknownKey(key, members, reading.root));
      }
      const read = Object.entries(members).map(([key, schema]) => [
        camel(key),
        readMember({ key, schema, at: content.get(key)?.value, within: at }, reading),
      ]);
      return Object.fromEntries(read) as CheckedGroup<M>;
    },
  };
}

/** The same setting, undefined when it is absent. */
export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return { ...schema, initial: undefined, optional: true };
}

/** Several parts' keys as one set of keys. Two parts with one key is a fault of the program: throws. */
export function settings<const P extends readonly Members[]>(...parts: P): Joined<P> & Members {
  const all: Record<string, Schema<unknown>> = {};
  for (const [key, schema] of parts.flatMap((part) => Object.entries(part))) {
    if (Object.hasOwn(all, key)) throw new Error(`two parts describe the setting ${key}`);
    all[key] = schema;
  }
  return all as Joined<P> & Members;
}

/** All the parts' keys. */
export type Joined<P extends readonly unknown[]> = P extends readonly [infer First, ...infer Rest]
  ? First & Joined<Rest>
  : unknown;

interface Member {
  readonly key: string;
  readonly schema: Schema<unknown>;
  readonly at: Located | undefined;
  readonly within: Located;
}

function readMember({ key, schema, at, within }: Member, reading: Reading): unknown {
  if (at) return schema.read(at, reading);
  if (schema.optional) return undefined;
  if (schema.initial !== undefined) return schema.read(plainAt(schema.initial, within.origin), reading);
  return reading.problems.note(within.origin, `${key} is missing; expected ${schema.expects}`);
}

function plainAt(initial: Plain, origin: string): Located {
  if (Array.isArray(initial)) return { origin, content: initial.map((item: Plain) => plainAt(item, origin)) };
  if (initial === null || typeof initial !== 'object') return { origin, content: initial };
  return { origin, content: new Map() };
}

function unknownKey(key: string, members: Members, root: Members): string {
  const home = homeOf(key, root, []);
  if (home) return `${key} does not belong here; it belongs under ${home.join('.') || 'the top level'}`;
  const here = nearest(key, Object.keys(members));
  if (here) return `unknown key ${key}; did you mean ${here}?`;
  const elsewhere = nearest(key, allKeys(root));
  const place = elsewhere === undefined ? undefined : homeOf(elsewhere, root, []);
  if (place) return `unknown key ${key}; did you mean ${[...place, elsewhere].join('.')}?`;
  return `unknown key ${key}; known here: ${Object.keys(members).join(', ')}`;
}

function homeOf(key: string, members: Members, path: readonly string[]): readonly string[] | undefined {
  if (Object.hasOwn(members, key)) return path;
  for (const [name, schema] of Object.entries(members)) {
    const found = schema.members && homeOf(key, schema.members, [...path, name]);
    if (found) return found;
  }
  return undefined;
}

function allKeys(members: Members): string[] {
  return Object.entries(members).flatMap(([key, schema]) => [key, ...allKeys(schema.members ?? {})]);
}

function camel(key: string): string {
  return key.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The value for an error text; long ones cut, since they may have been pasted into the wrong place. */
function shown(content: Content): string {
  if (isGroup(content)) return 'a group';
  if (isList(content)) return 'a list';
  if (content === null) return 'nothing';
  const text = JSON.stringify(content);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
