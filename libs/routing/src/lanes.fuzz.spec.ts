import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyOf, type Element, NS, parseXml, serialize } from '@interoffice/wire';
import type { TestClient } from '../../../test/support/client.js';
import { documents, plainStanzas } from '../../../test/support/documents.js';
import { LANES, open, type Stage } from '../../../test/support/stage.js';

/** Somebody who writes, and somebody who reads, on each lane's stage. */
interface Pair {
  readonly stage: Stage;
  readonly author: TestClient;
  readonly reader: TestClient;
}

const OWNED = ['stanza-id', 'delay'];
let pairs: Pair[];

beforeAll(async () => {
  pairs = await Promise.all(
    LANES.map(async (lane) => {
      const stage = await open({ lane });
      const [author, reader] = await Promise.all(
        ['author', 'reader'].map(async (name) => stage.online(await stage.account(name), 'd')),
      );
      return { stage, author: author!, reader: reader! };
    }),
  );
});
afterAll(() => Promise.all(pairs.map(({ stage }) => stage.close())));

/** What the reader gets when the author sends these children in a message. */
async function delivered({ stage, author, reader }: Pair, inner: string): Promise<Element> {
  // The same message under the same id or origin-id would be taken for one that was sent again.
  stage.sessionOf(author).account.recent = undefined;
  author.write(`<message to='${reader.jid}' type='chat' id='fuzz'>${inner}</message>`);
  await stage.settled();
  const [got] = reader.received.splice(0);
  if (!got)
    throw new Error(
      `nothing was delivered: ${author.isClosed ? author.raw.slice(-300) : String(author.received.splice(0))}`,
    );
  return got;
}

/** A message without what the server says about it. */
function said(message: Element): string {
  const copy = copyOf(message);
  for (const name of ['to', 'from']) delete copy.attrs[name];
  copy.children = copy.children.filter((child) => typeof child === 'string' || !child.is('stanza-id', NS.sid));
  return serialize(copy);
}

/** The message as it was written, without the elements only servers may use. */
function written(inner: string): string {
  const stanza = parseXml(`<message xmlns='jabber:client' type='chat' id='fuzz'>${inner}</message>`);
  stanza.children = stanza.children.filter((child) => typeof child === 'string' || !isOwned(child));
  return serialize(stanza);
}

const isOwned = (child: Element): boolean =>
  (child.is('stanza-id', NS.sid) || child.is('delay', NS.delay)) && OWNED.includes(child.getName());

async function check(inner: string): Promise<void> {
  const [bytes, tree] = [await delivered(pairs[0]!, inner), await delivered(pairs[1]!, inner)];
  expect(said(bytes)).toBe(said(tree));
  expect(said(bytes)).toBe(written(inner));
  for (const [i, got] of [bytes, tree].entries()) {
    expect(got.attrs['from']).toBe(pairs[i]!.author.jid);
    expect(got.getChildren('stanza-id').filter((child) => child.getNS() === NS.sid)).toHaveLength(1);
  }
}

const inside = (stanza: string): string => /^<[^>]*>(.*)<\/[^>]*>$/s.exec(stanza)?.[1] ?? '';

describe('both lanes', () => {
  it('deliver what honest clients write, as it was written', async () => {
    await fc.assert(fc.asyncProperty(plainStanzas.map(inside), check), { numRuns: 250 });
  });

  it('deliver the same tree for whatever strange clients write, without what only servers may say', async () => {
    const forged = fc.constantFrom(
      '',
      "<stanza-id xmlns='urn:xmpp:sid:0' by='x' id='1'/>",
      "<delay xmlns='urn:xmpp:delay' stamp='x'/>",
    );
    const content = fc.tuple(forged, fc.array(documents, { minLength: 1, maxLength: 3 }), forged);
    await fc.assert(
      fc.asyncProperty(
        content.map(([a, docs, b]) => a + docs.join('') + b),
        check,
      ),
      { numRuns: 400 },
    );
  });
});
