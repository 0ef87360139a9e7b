import type { ExportedMessage } from './message.js';

/** Writes an export in its format. What it makes of the same messages is always the same. */
export interface Writer {
  /** How messages come: as they were recorded, or conversation by conversation. */
  readonly order: 'recorded' | 'conversations';
  /** How many of those it was given are not written yet, because others belong to them. */
  readonly waiting: number;
  write(message: ExportedMessage): Promise<void>;
  /** Everything but what is waiting is on the disk; from here it can be opened again. */
  safe(): unknown;
  close(): Promise<void>;
}

/** Where a writer writes. */
export interface Target {
  readonly folder: string;
  readonly splitBytes: number;
  /** The main domain here: names of ours end with it. */
  readonly domain: string;
  /** What `safe` gave; undefined at the beginning. */
  readonly from: unknown;
}
