import { createHash, randomBytes } from 'node:crypto';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from './client.js';

/** What a device can do, as it says itself. XEP-0115 §5.1 */
export interface Abilities {
  readonly ver: string;
  readonly info: Element;
}

/** Abilities of a client that wants the events of these nodes. Unless `also` is said no other client has the same. */
export function abilities(nodes: readonly string[], also = `urn:example:${randomBytes(8).toString('hex')}`): Abilities {
  const wishes = nodes.map((node) => `${node}+notify`);
  const features = [NS.caps, NS.discoInfo, also, ...wishes].toSorted((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  const text = `client/pc//test<${features.map((feature) => `${feature}<`).join('')}`;
  const info = xml(
    'query',
    { xmlns: NS.discoInfo },
    xml('identity', { category: 'client', type: 'pc', name: 'test' }),
    ...features.map((feature) => xml('feature', { var: feature })),
  );
  return { ver: createHash('sha1').update(text).digest('base64'), info };
}

export const presenceWith = (ver: string, hash = 'sha-1'): Element =>
  xml('presence', {}, xml('c', { xmlns: NS.caps, hash, node: 'urn:example:test', ver }));

/** A question what the device can do. */
export const isQuestion = (element: Element): boolean =>
  element.is('iq') && element.attrs['type'] === 'get' && element.getChild('query', NS.discoInfo) !== undefined;

export function answer(client: TestClient, question: Element, info: Element): void {
  const { id, from } = question.attrs as Record<string, string | undefined>;
  client.send(xml('iq', { type: 'result', id: id!, ...(from === undefined ? {} : { to: from }) }, info));
}

/** Says in its presence that the device wants the events of these nodes, and answers who asks; more may still ask. */
export async function want(client: TestClient, ...nodes: readonly string[]): Promise<Abilities> {
  const said = abilities(nodes);
  client.send(presenceWith(said.ver));
  answer(client, await client.next(isQuestion), said.info);
  return said;
}
