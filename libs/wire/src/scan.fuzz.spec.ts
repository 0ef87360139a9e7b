import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documents, plainStanzas, trees } from '../../../test/support/documents.js';
import { parseXml } from './document.js';
import type { FrameSink } from './framer.js';
import { Scanner } from './scan.js';
import { serialize, serializeInto } from './serialize.js';
import { StreamFramer } from './stream-framer.js';
import { toTree } from './tree.js';
import { Vocabulary } from './vocabulary.js';
import { XmlError } from './xml-error.js';

const HEADER = '<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" version="1.0">';
const scanner = new Scanner(new Vocabulary());

interface Heard {
  readonly xml: string[];
  readonly trees: string[];
  readonly canonical: boolean[];
}

/** Feeds the bytes cut at the given places and says what was heard. */
function hear(bytes: Buffer, cuts: readonly number[]): Heard {
  const heard: Heard = { xml: [], trees: [], canonical: [] };
  const sink: FrameSink = {
    opened: () => undefined,
    closed: () => undefined,
    element: (buf, scan) => {
      heard.xml.push(buf.toString('utf8', scan.start, scan.end));
      heard.trees.push(serialize(toTree(buf, scan.start, scan.end, scan.namespaces)));
      heard.canonical.push(scan.canonical);
    },
  };
  const framer = new StreamFramer(scanner, sink, { limits: { maxBytes: 65_536 } });
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let at = 1; at < places.length; at++) {
    const part = bytes.subarray(places[at - 1], places[at]);
    const buf = Buffer.alloc(part.length + 1);
    part.copy(buf);
    framer.feed(buf, part.length);
  }
  return heard;
}

describe('the scanner, given anything', () => {
  it('parses what was serialised back to the same tree', () => {
    //
    fc.assert(
      fc.property(trees, (tree) => {
        const xml = serialize(tree);
        expect(serialize(parseXml(xml))).toBe(xml);
        expect(parseXml(xml)).toEqual(tree);
        const buffer = Buffer.alloc(65_536);
        expect(buffer.toString('utf8', 0, serializeInto(tree, buffer, 0))).toBe(xml);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same stanzas wherever the input is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(documents, plainStanzas), { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (stanzas, cuts) => {
          const bytes = Buffer.from(`${HEADER}${stanzas.join(' \n')}`);
          const whole = hear(bytes, []);
          expect(whole.xml).toEqual(stanzas);
          expect(hear(bytes, cuts)).toEqual(whole);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('gives the same stanzas when every byte comes alone', () => {
    fc.assert(
      fc.property(documents, (stanza) => {
        const bytes = Buffer.from(`<?xml version='1.0' encoding='utf-8'?>${HEADER}${stanza}`);
        expect(hear(bytes, Array.from(bytes.keys()))).toEqual(hear(bytes, []));
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same tree by bytes and by tree for what it calls canonical', () => {
    // forwarded bytes stand behind another header than the one they came in with.
    fc.assert(
      fc.property(fc.oneof(documents, plainStanzas), (stanza) => {
        const heard = hear(Buffer.from(`${HEADER}${stanza}`), []);
        const byTree = heard.trees[0] ?? '';
        expect(serialize(parseXml(byTree))).toBe(byTree);
        if (heard.canonical[0] === true) expect(serialize(parseXml(stanza, 'jabber:client'))).toBe(byTree);
        expect(byTree).not.toMatch(/<[^>"' ]*:/);
      }),
      { numRuns: 500 },
    );
  });

  it('lets the stanzas of honest clients pass as bytes', () => {
    fc.assert(
      fc.property(plainStanzas, (stanza) => {
        expect(hear(Buffer.from(`${HEADER}${stanza}`), []).canonical).toEqual([true]);
      }),
      { numRuns: 200 },
    );
  });

  it('answers any bytes with an element or an XmlError, never with another fault', () => {
    fc.assert(
      fc.property(
        documents,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (stanza, hits) => {
          const bytes = Buffer.from(`${HEADER}${stanza}`);
          for (const [at, byte] of hits) bytes[HEADER.length + (at % (bytes.length - HEADER.length))] = byte;
          try {
            hear(bytes, []);
          } catch (error) {
            expect(error).toBeInstanceOf(XmlError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
