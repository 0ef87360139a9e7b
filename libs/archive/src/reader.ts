/** A message of an account's archive, as it was delivered. */
export interface ArchivedStanza {
  /** 16 hexadecimal digits: the id of the row, the stanza-id, the id in MAM. */
  readonly id: string;
  readonly atMs: number;
  readonly stanza: Buffer;
  /** In a room's archive: the real address of who said it. */
  readonly author?: string;
}

/** Which messages of an account, and which page of them. Times in ms since 1970, ends included. */
export interface ArchiveQuery {
  /** Below zero: a room's archive, what was said to all in it. */
  readonly accountId: number;
  /** The other side: a bare JID, or a full one for one device. */
  readonly with?: string;
  readonly startMs?: number;
  readonly endMs?: number;
  /** Only these; each must exist. XEP-0313 §4.1.3 */
  readonly ids?: readonly string[];
  /** Only later, only earlier than this one. */
  readonly afterId?: string;
  readonly beforeId?: string;
  /** Nothing later than this: what has not been released yet is delivered, and would come twice. */
  readonly untilId?: string;
  /** The last `max` instead of the first. */
  readonly backwards?: boolean;
  readonly max: number;
}

/** Rows are always oldest first. */
export interface ArchivePage {
  readonly rows: readonly ArchivedStanza[];
  /** No more of the selection lies in the direction of paging. XEP-0313 §4.4 */
  readonly complete: boolean;
  /** Place of the first row in the whole selection, when it is known without counting. */
  readonly firstIndex?: number;
  /** Rows in the whole selection, when it is known without counting. */
  readonly count?: number;
}

/** Where an account's archive begins and ends; both absent while it is empty. */
export interface ArchiveBounds {
  readonly first?: { readonly id: string; readonly atMs: number };
  readonly last?: { readonly id: string; readonly atMs: number };
}

/** What has waited: messages an account received after its mark and up to a moment. */
export interface WaitingQuery {
  readonly accountId: number;
  readonly afterId: string;
  readonly untilId: string;
  readonly max: number;
  /** Rooms it is or was in: what was said there after one moment and up to another is wanted as well. */
  readonly rooms?: readonly RoomStay[];
}

/** The room by its number in the journal, which is below zero. */
export interface RoomStay {
  readonly roomId: number;
  readonly afterId: string;
  /** Undefined: it goes on. */
  readonly untilId: string | undefined;
}

/** A message with what decides which of the account's devices it was for. */
export interface PassedStanza extends ArchivedStanza {
  /** 0 chat, 1 normal, 2 headline, 3 groupchat. */
  readonly kind: number;
  readonly authorId: number;
  readonly authorDevice: string;
  readonly receiverId: number;
  /** Empty: it was sent to the account. */
  readonly receiverDevice: string;
}

/** A row that changes what another one says. */
export interface Change extends PassedStanza {
  readonly about: string;
}

/** Something an account said in a room under an id of its own; `roomId` below zero. */
export interface SaidQuery {
  readonly accountId: number;
  readonly roomId: number;
  readonly id: string;
}

/** What an account has sent since a moment, in ms since 1970; `id` is the origin-id, or else the id. */
export interface SentQuery {
  readonly accountId: number;
  readonly sinceMs: number;
}

/** An account's own view on the journal: what passed and was written or received by it. Never what was refused. */
export interface ArchiveReader {
  /** Undefined when `afterId`, `beforeId` or one of `ids` is not in the account's archive. XEP-0059 §2.2 */
  page(query: ArchiveQuery): Promise<ArchivePage | undefined>;
  metadata(accountId: number): Promise<ArchiveBounds>;
  /**
   * What came for the account, oldest first, and what was said in those rooms. Errors and headlines are not repeated to
   * who was away. RFC 6121 §8.5.2.2
   */
  after(query: WaitingQuery): Promise<readonly PassedStanza[]>;
  /** The ids under which it sent what passed, latest first, a hundred thousand at most. */
  sentIds(query: SentQuery): Promise<readonly string[]>;
  /** What it sent under this id and passed, as delivered, latest first. */
  sentWith(query: SentQuery & { readonly id: string }): Promise<readonly Buffer[]>;
  /** Everything the account wrote or received, oldest first, whatever its kind; and what was said in those rooms. */
  passed(query: WaitingQuery): Promise<readonly PassedStanza[]>;
  /** These rows as far as they passed, in no particular order: for ids that the server itself has noted. */
  find(ids: readonly string[]): Promise<readonly PassedStanza[]>;
  /** What passed and corrects, retracts or moderates one of these rows, oldest first. */
  changesOf(ids: readonly string[]): Promise<readonly Change[]>;
  /** Who said something in this room under this id: the account's own row, or else anybody's; undefined: nobody. */
  said(query: SaidQuery): Promise<PassedStanza | undefined>;
}
