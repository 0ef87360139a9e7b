/** A party of a conversation, prepared once per account or device: nothing is made per message. */
export interface Party {
  /** 0 when the account is not ours. */
  readonly accountId: number;
  /** The bare JID, UTF-8. */
  readonly bare: Buffer;
  /** The resource; empty for an account as a whole. */
  readonly device: Buffer;
  /** The unit of administration; may be empty. */
  readonly office: Buffer;
}

/**
 * What the journal reads of a stanza while `append()` runs. Offsets are absolute in `bytes`; −1 = absent. The bytes are
 * canonical XML, proven or serialised by us: no CDATA, no prefixes, valid UTF-8, no reference to U+0000.
 */
export interface Recordable {
  /** The one id (journal, stanza-id, MAM) in two unsigned halves. */
  readonly idHigh: number;
  readonly idLow: number;
  readonly atMs: number;
  /** Handed back at release. The top byte is the kind: 0 chat, 1 normal, 2 headline, 3 groupchat, 4 error. */
  readonly flags: number;
  readonly author: Party;
  readonly receiver: Party;
  readonly bytes: Buffer;
  /** The value of the `id` attribute, without quotes. */
  readonly stanzaIdStart: number;
  readonly stanzaIdEnd: number;
  /** The value of `<origin-id id=''/>`. XEP-0359 §3.2 */
  readonly originIdStart: number;
  readonly originIdEnd: number;
  /** The raw text of `<thread/>` and `<body/>`; it may hold references. */
  readonly threadStart: number;
  readonly threadEnd: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** The room it was said in; the other server and our gateway it passed: names, UTF-8. */
  readonly room?: Buffer;
  readonly peer?: Buffer;
  readonly gateway?: Buffer;
  /** An upper bound of what `writeTo` writes. */
  readonly maxBytes: number;
  /** Writes the stanza as delivered (stamped) and returns the offset behind it. */
  writeTo(target: Buffer, offset: number): number;
}

/** What was decided about a stanza. */
export interface Decision {
  readonly verdict: 'passed' | 'refused' | 'dropped';
  /** False: released in its author's order, but not kept. */
  readonly record: boolean;
  readonly decisionId: string | undefined;
  readonly policyVersion: number;
  readonly retentionClass: number;
  /** The row it corrects, retracts or moderates, as 16 hexadecimal digits. */
  readonly about?: string;
}

/** The numbers verdicts have in the tables and in released batches. */
export const VERDICTS = ['passed', 'refused', 'dropped'] as const;
