import type { ArchiveReader, Change } from '@interoffice/archive';
import { type Element, NS, toTree } from '@interoffice/wire';

/** What became of a message: gone by its author's word, or by a moderator's. XEP-0424, XEP-0425 */
export interface Retraction {
  readonly atMs: number;
  readonly id: string;
  /** The `<moderated/>` element, if it was a moderator. */
  readonly moderated: Element | undefined;
  readonly reason: string | undefined;
}

/** Of these messages those that were retracted, and how. */
export async function retracted(archive: ArchiveReader, ids: readonly string[]): Promise<Map<string, Retraction>> {
  const found = new Map<string, Retraction>();
  if (ids.length === 0) return found;
  for (const change of await archive.changesOf(ids)) {
    const retraction = retractionIn(change);
    if (retraction) found.set(change.about, retraction);
  }
  return found;
}

function retractionIn({ id, atMs, stanza }: Change): Retraction | undefined {
  const retract = toTree(stanza, 0, stanza.length, NS.client).getChild('retract', NS.retract);
  if (!retract) return undefined;
  const reason = retract.getChildText('reason', NS.moderate) ?? retract.getChildText('reason') ?? undefined;
  return { id, atMs, moderated: retract.getChild('moderated', NS.moderate), reason };
}
