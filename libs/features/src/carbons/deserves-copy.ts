import type { StanzaType } from '@interoffice/routing';

/** What the rule looks at. */
export interface Copyable {
  readonly type: StanzaType;
  readonly hasBody: boolean;
  /** Holds `<private/>` of this protocol, or the `no-copy` hint. */
  readonly isPrivate: boolean;
  /** Holds a receipt, a marker or a chat state: part of a conversation without being said. */
  readonly isCourtesy: boolean;
}

/** Which messages one's other devices should see. XEP-0280 §6.1 */
export function deservesCopy({ type, hasBody, isPrivate, isCourtesy }: Copyable): boolean {
  if (isPrivate) return false;
  if (type === 'chat') return true;
  return type === 'normal' && (hasBody || isCourtesy);
}
