import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Element, NS, parseXml, serialize, XmlError } from '@interoffice/wire';
import { sampleDocuments, trees } from '../support/documents.js';
import { LineProcess } from './line-process.js';

const COUNT = 10_000;
const SEED = 20_261_120;

type Seen = readonly [namespace: string, name: string, attributes: Record<string, string>, children: (Seen | string)[]];
type Verdict = Seen | { readonly refused: string };

/** What Python's expat reads, in the order of the documents: expat.py beside this file. */
async function expat(documents: readonly string[]): Promise<Verdict[]> {
  const program = new LineProcess('/usr/bin/python3', [path.join(import.meta.dirname, 'expat.py')]);
  for (const document of documents) program.write(`${JSON.stringify(document)}\n`);
  program.endInput();
  const { code } = await program.ended;
  expect({ code, complaints: program.complaints }).toEqual({ code: 0, complaints: '' });
  return program.lines.map((line) => JSON.parse(line) as Verdict);
}

/** An attribute's name as expat says it: its namespace, if it has one, and its name without a prefix. */
function attributeName(name: string, attributes: Readonly<Record<string, string>>): string {
  const [prefix, local] = name.split(':');
  if (local === undefined) return ` ${name}`;
  return `${prefix === 'xml' ? NS.xml : attributes[`xmlns:${prefix}`]} ${local}`;
}

/** Our tree in the form of expat.py. `outer` is the namespace around the element. */
function seen(element: Element, outer = ''): Seen {
  const given = element.attrs as Record<string, string>;
  const attributes = Object.entries(given)
    .filter(([name]) => name !== 'xmlns' && !name.startsWith('xmlns:'))
    .map(([name, value]) => [attributeName(name, given), value]);
  const namespace = given['xmlns'] ?? outer;
  const children = element.children.map((child) => (typeof child === 'string' ? child : seen(child, namespace)));
  const texts = children.filter((child) => child !== '');
  return [namespace, element.getName(), Object.fromEntries(attributes) as Record<string, string>, texts];
}

function ours(document: string): Verdict {
  try {
    return seen(parseXml(document));
  } catch (error) {
    if (error instanceof XmlError) return { refused: error.message };
    throw error;
  }
}

const isRefused = (verdict: Verdict): boolean => 'refused' in verdict;

// X-01, X-02
describe(`Python's expat, judging ${COUNT} documents,`, () => {
  it('reads the same trees as ours', async () => {
    const documents = sampleDocuments(COUNT, SEED);
    const theirs = await expat(documents);
    expect(theirs).toHaveLength(COUNT);
    documents.forEach((document, at) => {
      const verdict = ours(document);
      if (isRefused(verdict) && isRefused(theirs[at]!)) return;
      expect(verdict, document).toEqual(theirs[at]);
    });
    const read = theirs.filter((verdict) => !isRefused(verdict)).length;
    process.stdout.write(`expat read ${read} of ${COUNT} documents\n`);
    expect(read).toBeGreaterThan(0.9 * COUNT);
  });

  it('reads what ours wrote as the tree it was written from', async () => {
    const written = fc.sample(trees, { numRuns: COUNT, seed: SEED });
    const theirs = await expat(written.map((tree) => serialize(tree)));
    expect(theirs).toHaveLength(COUNT);
    written.forEach((tree, at) => expect(theirs[at], serialize(tree)).toEqual(seen(tree)));
  });
});
