import { pbkdf2 } from 'node:crypto';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Failure } from '@interoffice/telemetry';
import { deriveKey, type KeyWork } from './pkcs12-key-worker.js';
import type { MacHash } from './pkcs12-oids.js';

/** Nobody waits longer; a file that is allowed takes a few seconds. */
const WITHIN_MS = 60_000;
/** Firefox writes 600,000; somebody who writes more wants to keep a server busy. */
const MOST_ITERATIONS = 1_000_000;
const MOST_IN_ALL = 3 * MOST_ITERATIONS;
/** A millisecond or two: starting a thread takes longer. */
const MOST_AT_ONCE = 100;

/** A key as PKCS #12 derives it. RFC 7292 §B.2 */
export interface KeyWish {
  readonly purpose: 'key' | 'iv' | 'mac';
  readonly salt: Buffer;
  readonly iterations: number;
  readonly bytes: number;
  readonly hash: MacHash;
}

/**
 * The keys of one file. All of them together are limited: who wrote the file chose how long they take. None that takes
 * long is derived on the thread that serves people. Reject with PKCS12_COSTLY.
 */
export class FileKeys {
  #spent = 0;

  constructor(private readonly passphrase: string) {}

  /** Keys by PKCS #12's own rule, in the order asked for. */
  async derive(wishes: readonly KeyWish[]): Promise<Buffer[]> {
    for (const { iterations } of wishes) this.#spend(iterations);
    const { passphrase } = this;
    if (this.#spent <= MOST_AT_ONCE) return wishes.map((wish) => deriveKey(passphrase, wish));
    // Beside this file, in the form that this file has: source or built.
    const program = new URL(`./pkcs12-key-worker${extname(import.meta.url)}`, import.meta.url);
    const work: KeyWork = { pkcs12: { passphrase, wishes } };
    const thread = new Worker(program, { workerData: work, execArgv: [] });
    const derived = await answerOf(thread);
    return derived.map((key) => Buffer.from(key));
  }

  /** A key by PBKDF2 (RFC 8018 §5.2). The passphrase is taken as UTF-8, as OpenSSL and Windows do. */
  stretch(wish: { readonly salt: Buffer; readonly iterations: number; readonly bytes: number; readonly hash: string }) {
    this.#spend(wish.iterations);
    return promisify(pbkdf2)(Buffer.from(this.passphrase), wish.salt, wish.iterations, wish.bytes, wish.hash);
  }

  #spend(iterations: number): void {
    this.#spent += iterations;
    if (iterations <= MOST_ITERATIONS && this.#spent <= MOST_IN_ALL) return;
    throw new Failure(
      'PKCS12_COSTLY',
      `The file wants its passphrase hashed ${iterations} times; up to ${MOST_ITERATIONS} are done. Export it again with fewer iterations.`,
    );
  }
}

function answerOf(thread: Worker): Promise<Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const late = new Failure('PKCS12_COSTLY', 'Hashing the passphrase as the file wants it takes too long here.');
    const timer = setTimeout(() => {
      reject(late);
      void thread.terminate();
    }, WITHIN_MS);
    thread.once('message', resolve).once('error', reject);
    thread.once('exit', () => {
      clearTimeout(timer);
      reject(new Error('the thread ended without an answer'));
    });
  });
}
