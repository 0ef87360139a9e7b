import { copyOf, type Element, NS } from '@interoffice/wire';

/**
 * A message as it stands in the archive of `account`: the one id of the journal, given out by that account. The stanza
 * was stamped for its receiver; in the sender's archive the same id is the sender's own. XEP-0359 §3
 */
export function ownCopy(message: Element, account: string): Element {
  const copy = copyOf(message);
  for (const child of copy.getChildren('stanza-id')) if (child.getNS() === NS.sid) child.attrs['by'] = account;
  return copy;
}
