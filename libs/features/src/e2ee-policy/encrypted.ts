import { NS } from '@interoffice/wire';

/** Nodes in which keys for that are published. XEP-0384 §5.2, XEP-0373 §4 */
const KEY_NODES = [`${NS.omemo}.`, `${NS.omemo2}:`, `${NS.openPgp}:`];

/** Whether the node of an account holds keys for what the archive could not read. */
export function holdsKeys(node: string): boolean {
  return KEY_NODES.some((start) => node.startsWith(start));
}

/** Off-the-record messages are bodies that begin with this. */
const OTR = Buffer.from('?OTR');

/** Whether the body, as it stands in the stanza, is one of Off-the-record. */
export function isOffTheRecord(bytes: Buffer, start: number, end: number): boolean {
  return start >= 0 && end - start >= OTR.length && bytes.compare(OTR, 0, OTR.length, start, start + OTR.length) === 0;
}
