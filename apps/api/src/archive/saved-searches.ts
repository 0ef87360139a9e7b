import type { ArchiveFilter } from '@interoffice/contract';

/** A search somebody has kept. */
export interface KeptSearch {
  readonly id: string;
  readonly name: string;
  readonly query: ArchiveFilter;
  readonly createdAtMs: number;
}

/** What officers look for again and again, each by the bare JID of its owner, to whom alone it exists. */
export interface SavedSearches {
  /** By name. */
  list(owner: string): Promise<readonly KeptSearch[]>;
  /** Undefined: the owner has one of this name, or as many as there may be. */
  keep(owner: string, search: Pick<KeptSearch, 'name' | 'query'>): Promise<KeptSearch | undefined>;
  /** Undefined: there is no such search; `taken`: another one has this name. */
  rename(owner: string, id: string, name: string): Promise<KeptSearch | 'taken' | undefined>;
  /** False when there is no such search. */
  forget(owner: string, id: string): Promise<boolean>;
}
