import { NS, parseTimestamp, toTree } from '@interoffice/wire';

const DELAY = Buffer.from(NS.delay);

/**
 * When it was said, in milliseconds since 1970, of what the room itself has marked as said before it came: it had waited in
 * another office for a broken line. Undefined: when it was recorded.
 */
export function saidAt(stanza: Buffer, room: string): number | undefined {
  if (!stanza.includes(DELAY)) return undefined;
  const delays = toTree(stanza, 0, stanza.length, NS.client).getChildren('delay', NS.delay);
  const own = delays.find(({ attrs }) => attrs['from'] === room);
  return own && parseTimestamp(String(own.attrs['stamp']));
}
