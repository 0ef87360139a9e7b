import type { OfficerQuery } from '../officer-archive.js';

export const EXPORT_FORMATS = ['jsonl', 'csv', 'xml', 'eml', 'eml-day', 'rsmf', 'pdf'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What is exported: as an officer searches, and by the server on the other side. */
export interface ExportFilter extends Pick<
  OfficerQuery,
  'text' | 'participant' | 'from' | 'to' | 'room' | 'since' | 'until'
> {
  /** A domain: what came from there or went there. */
  readonly peer?: string;
}

/** An export as it was asked for. */
export interface ExportRequest {
  readonly format: ExportFormat;
  readonly filter: ExportFilter;
  /** The office that may be seen; `*` for all. */
  readonly scope: string;
  readonly requestedBy: string;
  readonly role: string;
  readonly reason: string;
  /** Where it was asked for. */
  readonly address: string;
  /** A file of the chosen format is ended before it becomes larger. */
  readonly splitBytes: number;
}

/** Smaller parts would be more files than anybody carries. */
export const LEAST_SPLIT_BYTES = 1_000_000;
/** What 32 bits count: no reader of ZIP files is asked for more. */
export const MOST_SPLIT_BYTES = 4_000_000_000;
