import type { ExportedMessage } from './message.js';

/** Writes an export in its format. What it makes of the same messages is always the same. */
export interface Writer {
  /** How messages come: as they were recorded, or conversation by conversation. */
  readonly order: 'recorded' | 'conversations';
  /** True when a checkpoint may be made now: nothing it was given waits in memory. */
  write(message: ExportedMessage): Promise<boolean>;
  /** Everything that was given is on the disk; from here it can be opened again. */
  safe(): unknown;
  close(): Promise<void>;
}
