import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Content, Entry, Located } from './located.js';
import type { Problems } from './problems.js';

/** Reads YAML 1.2 text and keeps the line of every key and value. What is not YAML is noted as a problem. */
export function readYaml(name: string, text: string, problems: Problems): Located {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number | undefined): string =>
    `${name}:${offset === undefined ? 1 : lines.linePos(offset).line}`;
  for (const error of document.errors) problems.note(place(error.pos[0]), firstSentence(error.message));
  const reader = new YamlReader(place, problems);
  return document.errors.length > 0 || document.contents === null
    ? { origin: place(0), content: new Map() }
    : reader.read(document.contents);
}

class YamlReader {
  readonly #place: (offset: number | undefined) => string;
  readonly #problems: Problems;

  constructor(place: (offset: number | undefined) => string, problems: Problems) {
    this.#place = place;
    this.#problems = problems;
  }

  read(node: Node | null): Located {
    const origin = this.#place(node?.range?.[0]);
    return { origin, content: this.#content(node, origin) };
  }

  #content(node: Node | null, origin: string): Content {
    if (isMap(node)) return this.#group(node);
    if (isSeq(node)) return node.items.map((item) => this.read(item as Node | null));
    if (isAlias(node)) this.#problems.note(origin, 'aliases (*name) are not used here; write the value out');
    return isScalar(node) ? scalar(node.value) : null;
  }

  #group(node: YAMLMap): ReadonlyMap<string, Entry> {
    const entries = new Map<string, Entry>();
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const keyOrigin = this.#place(pair.key.range?.[0]);
      const value = this.read(pair.value);
      entries.set(isScalar(pair.key) ? String(pair.key.value) : String(pair.key), {
        keyOrigin,
        value: pair.value?.range ? value : { ...value, origin: keyOrigin },
      });
    }
    return entries;
  }
}

function scalar(value: unknown): Content {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'bigint' ? value.toString() : null;
}

function firstSentence(message: string): string {
  return message.split('\n')[0] ?? message;
}
