/** What somebody says of whom they have blocked, as it is kept. */
export interface KeptReport {
  readonly id: string;
  readonly atMs: number;
  readonly reporter: string;
  readonly about: string;
  readonly peer: string;
  readonly reason: 'spam' | 'abuse' | 'other';
  readonly note: string;
  readonly messages: readonly string[];
  readonly state: 'open' | 'done';
  readonly handledAtMs: number | undefined;
  readonly handledBy: string | undefined;
}

export interface ReportQuery {
  readonly state?: 'open' | 'done';
  readonly text?: string;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
  /** The office whose people have reported, `*` for all. */
  readonly scope: string;
}

/** What people have reported, until somebody has dealt with it. Rejects with the database. */
export interface ReportQueue {
  list(query: ReportQuery): Promise<{ readonly reports: readonly KeptReport[]; readonly total: number }>;
  find(id: string, scope: string): Promise<KeptReport | undefined>;
  handle(
    id: string,
    how: { readonly state: 'open' | 'done'; readonly by: string; readonly atMs: number },
  ): Promise<void>;
}
