import { delayElement, type Element, NS, xml } from '@interoffice/wire';
import { randomBytes } from 'node:crypto';
import type { ShownItem } from '../personal-nodes.js';

/** What is told of a node. XEP-0060 §7.1.2, §7.2.2, §8.4.2, §8.5.2 */
export const published = (node: string, { id, payload }: ShownItem): Element =>
  xml('items', { node }, xml('item', { id }, payload));
export const retracted = (node: string, id: string): Element => xml('items', { node }, xml('retract', { id }));
export const purged = (node: string): Element => xml('purge', { node });
export const deleted = (node: string): Element => xml('delete', { node });

/** An event for one device. `atMs`: when it was published, for what is sent later (XEP-0060 §6.1.7). XEP-0163 §4.3.1 */
export function eventMessage(what: Element, address: { from: string; to: string; atMs?: number }): Element {
  const { from, to, atMs } = address;
  const id = randomBytes(16).toString('base64url');
  const delay = atMs === undefined ? [] : [delayElement({ atMs })];
  return xml(
    'message',
    { xmlns: NS.client, from, to, type: 'headline', id },
    xml('event', { xmlns: NS.pubsubEvent }, what),
    ...delay,
  );
}
