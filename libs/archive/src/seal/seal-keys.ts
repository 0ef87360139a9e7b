import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type Clock, Failure } from '@interoffice/telemetry';
import { z } from 'zod';
import { type Notary, parseVerifierKey, rawKeyOf, signatureLine, verifierKey } from './note.js';
import { readIfThere, replaceFile } from './replace-file.js';
import { CHECKPOINT_FILE, KEYS_FILE } from './sealed-log.js';

/** A key of the log's history: it signs checkpoints larger than `from`, up to `until`. */
export const SealKey = z.object({
  key: z.string(),
  from: z.number().int().nonnegative(),
  at: z.iso.datetime(),
  until: z.number().int().nonnegative().optional(),
  /** Somebody else may have it: what it signed beyond `until` is nobody's word. */
  stolen: z.boolean().optional(),
  /** The statement that hands over to it, signed by the key before and by itself. */
  handover: z.string().optional(),
});
export type SealKey = z.infer<typeof SealKey>;
/** `keys.json`. */
export const KeyHistory = z.object({ origin: z.string(), keys: z.array(SealKey).min(1) });

/** What signs with a key that is not ours to read: the bytes in, 64 bytes of Ed25519 out. */
export interface OutsideKey {
  readonly publicKey: KeyObject;
  sign(bytes: Buffer): Promise<Buffer>;
}

export interface SealKeysOptions {
  readonly folder: string;
  readonly origin: string;
  readonly clock: Clock;
  /** In place of a key in the folder. */
  readonly outside?: OutsideKey | undefined;
}

export interface KeyChange {
  /** The size up to which the key before is trusted: that of the latest checkpoint. */
  readonly size: number;
  /** The key before is in somebody else's hands. */
  readonly isStolen: boolean;
}

const FIRST_LINE = 'interoffice/key/v1';

/** The text by which one key hands over to the next. docs/compliance/log.md */
export function handoverText(origin: string, key: string, from: number): string {
  return `${FIRST_LINE}\n${origin}\n${key}\n${from}\n`;
}

/**
 * The keys that sign for the log: one at a time, with the history of those before in `keys.json`. Private ones lie beside
 * it, mode 0600, or with a program that never gives them away.
 */
export class SealKeys implements Notary {
  private constructor(
    private readonly options: SealKeysOptions,
    private keys: SealKey[],
    private current: OutsideKey,
  ) {}

  /** Reads the history, or begins one. Rejects with SEAL_KEY_INVALID when the private key is not that of the history. */
  static async open(options: SealKeysOptions): Promise<SealKeys> {
    const { folder, origin, outside } = options;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const text = readIfThere(path.join(folder, KEYS_FILE));
    if (text === undefined) return SealKeys.#begin(options);
    const history = KeyHistory.parse(JSON.parse(text));
    if (history.origin !== origin)
      throw new Failure('SEAL_KEY_INVALID', `The keys in ${folder} are those of ${history.origin}, not of ${origin}.`);
    const { publicKey } = parseVerifierKey(history.keys.at(-1)!.key);
    const isOther = outside !== undefined && !outside.publicKey.equals(publicKey);
    const current = isOther ? heldKey(options, publicKey) : (outside ?? ownKey(readKey(fileOf(folder, publicKey))));
    const keys = new SealKeys(options, history.keys, current ?? outside!);
    if (isOther) await keys.#handOver(outside, { size: reached(folder), isStolen: false });
    return keys;
  }

  static #begin(options: SealKeysOptions): SealKeys {
    const current = options.outside ?? makeKey(options.folder);
    const keys = new SealKeys(options, [], current);
    keys.#write([{ key: verifierKey(options.origin, current.publicKey), from: 0, at: keys.#now() }]);
    return keys;
  }

  get name(): string {
    return this.options.origin;
  }

  /** The key that signs now, as verifiers want it. */
  get key(): string {
    return this.keys.at(-1)!.key;
  }

  get history(): readonly SealKey[] {
    return this.keys;
  }

  async sign(text: string): Promise<string> {
    const line = await this.#lineOf(text, this.current);
    return `${text}\n${line}\n`;
  }

  /** Another key from here on; in the folder, so not for one that lies with a program. */
  async rotate(change: KeyChange): Promise<SealKey> {
    if (this.options.outside)
      throw new Failure('SEAL_KEY_OUTSIDE', 'The key lies with a program: change archive.seal.signer and start again.');
    return this.#handOver(makeKey(this.options.folder), change);
  }

  async #handOver(next: OutsideKey, { size, isStolen }: KeyChange): Promise<SealKey> {
    const key = verifierKey(this.name, next.publicKey);
    const text = handoverText(this.name, key, size);
    const before = this.keys.at(-1)!;
    // The word of a stolen key hands over nothing: who takes the new one has to hear of it in another way.
    const isSilent = isStolen || this.current === next;
    const lines = isSilent ? [] : [await this.#lineOf(text, this.current)];
    lines.push(await this.#lineOf(text, next));
    const fresh: SealKey = { key, from: size, at: this.#now(), handover: `${text}\n${lines.join('\n')}\n` };
    this.#write([...this.keys.slice(0, -1), { ...before, until: size, ...(isStolen && { stolen: true }) }, fresh]);
    this.current = next;
    return fresh;
  }

  async #lineOf(text: string, by: OutsideKey): Promise<string> {
    const bytes = Buffer.from(text);
    const signature = await by.sign(bytes);
    // A wrong key or PIN is found here, not by those who verify.
    if (!verify(null, bytes, by.publicKey, signature))
      throw new Failure('SIGNER_FAILED', 'The signature does not fit the public key: another key, or not Ed25519.');
    return signatureLine({ name: this.name, publicKey: by.publicKey, kind: 'signature' }, signature);
  }

  #write(keys: SealKey[]): void {
    const { folder, origin } = this.options;
    replaceFile(path.join(folder, KEYS_FILE), `${JSON.stringify({ origin, keys }, null, 2)}\n`);
    this.keys = keys;
  }

  #now(): string {
    return new Date(this.options.clock.now()).toISOString();
  }
}

/** The key of the history, while it is still in the folder and another one takes over. */
function heldKey({ folder }: SealKeysOptions, publicKey: KeyObject): OutsideKey | undefined {
  const file = fileOf(folder, publicKey);
  return fs.existsSync(file) ? ownKey(readKey(file)) : undefined;
}

/** What was sealed when the program last ran. */
function reached(folder: string): number {
  const digits = readIfThere(path.join(folder, CHECKPOINT_FILE))?.split('\n')[1];
  return digits === undefined ? 0 : Number(digits);
}

function makeKey(folder: string): OutsideKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = ownKey(privateKey);
  replaceFile(fileOf(folder, key.publicKey), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  return key;
}

function fileOf(folder: string, publicKey: KeyObject): string {
  return path.join(folder, `key-${rawKeyOf(publicKey).toString('hex').slice(0, 16)}.pem`);
}

function ownKey(privateKey: KeyObject): OutsideKey {
  return { publicKey: createPublicKey(privateKey), sign: async (bytes) => sign(null, bytes, privateKey) };
}

function readKey(file: string): KeyObject {
  const pem = readIfThere(file);
  if (pem === undefined)
    throw new Failure('SEAL_KEY_INVALID', `${file} is missing: restore it from the backup, or hand over to a new key.`);
  return createPrivateKey(pem);
}
