// How PKCS #12 derives keys, and the thread of pkcs12-key.ts that does it. Nothing of ours is imported but types, so that
// tests run the thread without a build.
import { parentPort, workerData } from 'node:worker_threads';
import forge from 'node-forge';
import type { KeyWish } from './pkcs12-key.js';

const PURPOSE = { key: 1, iv: 2, mac: 3 } as const;

/** What the thread is given. */
export interface KeyWork {
  readonly pkcs12: { readonly passphrase: string; readonly wishes: readonly KeyWish[] };
}

/** RFC 7292 §B.2. Two to twenty microseconds for each iteration. */
export function deriveKey(passphrase: string, { purpose, salt, iterations, bytes, hash }: KeyWish): Buffer {
  const digest = forge.md[hash].create();
  const salted = forge.util.createBuffer(Buffer.from(salt).toString('latin1'));
  const key = forge.pkcs12.generateKey(passphrase, salted, PURPOSE[purpose], iterations, bytes, digest);
  return Buffer.from(key.getBytes(), 'latin1');
}

function isWork(data: unknown): data is KeyWork {
  return typeof data === 'object' && data !== null && 'pkcs12' in data;
}

if (isWork(workerData)) {
  const { passphrase, wishes } = workerData.pkcs12;
  parentPort?.postMessage(wishes.map((wish) => deriveKey(passphrase, wish)));
}
