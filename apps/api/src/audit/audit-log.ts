/** One deed, before it is done. */
export interface Deed {
  readonly actor: string;
  readonly role: string;
  /** Dotted: `archive.search`, `account.suspend`. */
  readonly action: string;
  readonly subject: string;
  readonly reason?: string;
  /** Never a message's text. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly address: string;
}

/** A deed as it was written down. */
export interface RecordedDeed extends Deed {
  readonly id: string;
  readonly atMs: number;
}

/** Which deeds, newest or oldest first. */
export interface DeedQuery {
  readonly actor?: string;
  readonly action?: string;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** Who did what. Append-only. */
export interface AuditLog {
  /** Returns when the row is committed. Rejects with AUDIT_UNAVAILABLE, and then nothing may be shown or done. */
  record(deed: Deed): Promise<void>;
  list(query: DeedQuery): Promise<{ readonly deeds: readonly RecordedDeed[]; readonly total: number }>;
}
