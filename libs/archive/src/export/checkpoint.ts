import type { Cut } from './proofs.js';

/** In this order. */
export const PHASES = ['select', 'collect', 'arrange', 'render', 'prove', 'describe'] as const;
export type Phase = (typeof PHASES)[number];

/** Where an export goes on. Everything it speaks of is on the disk. */
export interface Checkpoint {
  readonly phase: Phase;
  /** What it began with: the same for all of it. */
  readonly cut: Cut | undefined;
  /** Rows up to this id. */
  readonly upTo: string;
  readonly startedAtMs: number;
  /** Rows to export, once they are selected. */
  readonly selected: number;
  /** Rows that were selected and are looked up. */
  readonly collected: number;
  /** Of these, rows that are written: one may have been removed since. */
  readonly written: number;
  readonly sizes: Readonly<Record<string, number>>;
  readonly conversations: number;
  /** Rows whose form in the chosen format is written. */
  readonly rendered: number;
  readonly writer: unknown;
}
