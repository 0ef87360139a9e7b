/** `waiting`: for its turn, or for this process to start again. */
export type JobState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

/** Why a job failed. */
export interface JobProblem {
  readonly code: string;
  readonly text: string;
}

/** Work that takes minutes, as it stands in its row. */
export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly requestedBy: string;
  /** The offices of who asked for it; `*` for all. */
  readonly scope: string;
  readonly input: unknown;
  readonly checkpoint: unknown;
  /** What it is at now, in one word of its kind. */
  readonly phase: string | undefined;
  readonly done: number;
  /** Undefined until it is known. */
  readonly total: number | undefined;
  readonly result: unknown;
  readonly problem: JobProblem | undefined;
  readonly createdAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
}

/** What somebody asks for. */
export interface JobRequest {
  readonly kind: string;
  readonly requestedBy: string;
  readonly scope: string;
  readonly input: unknown;
}

/** How far it is. With a checkpoint: everything up to there would survive a power cut. */
export interface Move {
  readonly phase: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly checkpoint?: unknown;
}

export type ToProcess = { readonly given: unknown } | { readonly load: number } | { readonly stop: true };
export type FromProcess =
  | { readonly moved: Move }
  | { readonly finished: unknown }
  | { readonly stopped: true }
  | { readonly failed: JobProblem };
