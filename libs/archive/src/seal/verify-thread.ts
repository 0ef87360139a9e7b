import { Worker } from 'node:worker_threads';
import type { Connection } from '@interoffice/storage';
import { Failure } from '@interoffice/telemetry';
import type { SealKey } from './seal-keys.js';
import type { Verification } from './verify-log.js';

/** What the thread is started with. */
export interface VerifyData {
  /** As the owner: the thread opens its own connections as `app` and `reader`. */
  readonly connection: Connection;
  readonly folder: string;
  readonly origin: string;
  /** The history of keys as the appliance has it. */
  readonly keys: readonly SealKey[];
  /** Checkpoints that were kept elsewhere, as notes. */
  readonly known: readonly string[];
}

export type FromVerifier =
  | { readonly done: number; readonly total: number }
  | { readonly verification: Verification }
  | { readonly failed: string };

/**
 * Verifies the whole log in a thread of its own (verify-log.ts). Rejects with SEAL_EMPTY when nothing was ever sealed, and
 * with VERIFY_FAILED when it could not be gone over to the end.
 */
export function verifyLog(
  data: VerifyData,
  progress: (at: { readonly done: number; readonly total: number }) => void,
): Promise<Verification> {
  const thread = new Worker(new URL('./verify-worker.js', import.meta.url), { workerData: data, execArgv: [] });
  return new Promise((resolve, reject) => {
    thread.on('message', (message: FromVerifier) => {
      if ('verification' in message) resolve(message.verification);
      else if ('failed' in message) reject(new Failure('VERIFY_FAILED', message.failed));
      else progress(message);
    });
    thread.once('error', (cause) => reject(new Failure('VERIFY_FAILED', cause.message, { cause })));
    thread.once('exit', () => reject(new Failure('VERIFY_FAILED', 'The verification ended before it was done.')));
  });
}
