import type { Scanner, ScanLimits } from './scan.js';
import type { StreamHeader } from './stream-header.js';

/** What may be sent in one go; may be changed at any time, for instance after log-in. `ScanLimits` says what 0 means. */
export type Limits = ScanLimits;

/**
 * Who receives what a framer finds, in the order of the bytes. `buf` and `scan` are valid until the call returns; the
 * scanner is shared by the whole process, so that nothing called from here may feed another framer.
 */
export interface FrameSink {
  opened(header: StreamHeader): void;
  element(buf: Buffer, scan: Scanner): void;
  /** The peer's `</stream:stream>` or `<close/>`; nothing follows. */
  closed(): void;
}
