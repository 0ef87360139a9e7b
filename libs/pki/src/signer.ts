import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { Failure } from '@interoffice/telemetry';

/** What signs for an authority. The key may lie in a file, or in a module that never gives it away. */
export interface Signer {
  readonly publicKey: KeyObject;
  /** ECDSA with SHA-256 over these bytes; DER (RFC 3279 §2.2.3). Rejects with SIGNER_FAILED. */
  sign(bytes: Buffer): Promise<Buffer>;
}

/** A key in our own memory, PEM. Throws SIGNER_KEY_INVALID for anything but P-256. */
export function keySigner(pem: string): Signer {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new Failure('SIGNER_KEY_INVALID', 'That is no PEM private key.', { cause });
  }
  const publicKey = createPublicKey(key);
  demandP256(publicKey);
  return { publicKey, sign: (bytes) => promisify(sign)('sha256', bytes, key) };
}

/** A program that signs: the bytes go to its input, the signature is taken from its output. */
export interface SignerCommand {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
  /** Of the key that it signs with, PEM. */
  readonly publicKey: string;
  readonly withinMs: number;
}

/** A signature has 72 bytes at the most; a program that says more says something else. */
const MOST_BYTES = 4_096;

/**
 * Signs through a program, say one that talks to a hardware module. What it gives is checked with the public key before it
 * is used: a wrong key or PIN is found here, not by those who get the certificate. Throws SIGNER_KEY_INVALID.
 */
export function commandSigner({ command, publicKey: pem, withinMs }: SignerCommand): Signer {
  const [program = '', ...args] = command;
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey(pem);
  } catch (cause) {
    throw new Failure('SIGNER_KEY_INVALID', 'The public key of the signing program is no PEM key.', { cause });
  }
  demandP256(publicKey);
  return {
    publicKey,
    sign: async (bytes) => {
      const signature = await askSigner(program, args, { bytes, withinMs });
      if (verify('sha256', bytes, publicKey, signature)) return signature;
      const text = `${program} gave a signature that does not fit the public key: it signs with another key, or not ECDSA with SHA-256 in DER.`;
      throw new Failure('SIGNER_FAILED', text);
    },
  };
}

function demandP256(key: KeyObject): void {
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return;
  throw new Failure(
    'SIGNER_KEY_INVALID',
    `Authorities sign with a key on P-256; this is one of ${namedCurve ?? key.asymmetricKeyType}.`,
  );
}

/** What the program makes of these bytes. Rejects with SIGNER_FAILED; whether it is a signature is for the caller to see. */
export function askSigner(
  program: string,
  args: readonly string[],
  { bytes, withinMs }: { bytes: Buffer; withinMs: number },
): Promise<Buffer> {
  return new Promise<Buffer>((resolve, reject) => {
    const options = {
      timeout: withinMs,
      maxBuffer: MOST_BYTES,
      encoding: 'buffer' as const,
      killSignal: 'SIGKILL' as const,
    };
    const child = execFile(program, args, options, (cause, stdout, stderr) => {
      if (!cause) return resolve(stdout);
      // What a program complains of may name a PIN; its first line goes no further than to who has set it up.
      const said = stderr.toString().split('\n', 1)[0]!.slice(0, 200);
      const why =
        cause.killed === true
          ? `did not answer within ${withinMs} ms`
          : `failed: ${said || cause.message.split('\n', 1)[0]}`;
      reject(new Failure('SIGNER_FAILED', `The signing program ${program} ${why}`, { cause }));
    });
    child.stdin?.on('error', () => undefined).end(bytes);
  });
}

/**
 * The signer as the generators of certificates want it: Web Crypto whose `sign` is the signer's. They hand on the key they
 * are given, and want signatures as two numbers of 32 bytes (IEEE P1363).
 */
export function cryptoOf({ sign: signed }: Signer): webcrypto.Crypto {
  const subtle = new Proxy(webcrypto.subtle, {
    get(target, name) {
      if (name === 'sign') {
        return async (_algorithm: unknown, _key: unknown, data: ArrayBuffer | ArrayBufferView) => {
          const bytes = ArrayBuffer.isView(data)
            ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
            : Buffer.from(data);
          return rawOf(await signed(bytes));
        };
      }
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return {
    subtle,
    getRandomValues: webcrypto.getRandomValues.bind(webcrypto),
    randomUUID: webcrypto.randomUUID.bind(webcrypto),
  };
}

const HALF = 32;

/** SEQUENCE of two INTEGERs, each of up to 33 bytes → two halves of 32. */
function rawOf(der: Buffer): ArrayBuffer {
  const raw = new Uint8Array(2 * HALF);
  let at = 2;
  for (const end of [HALF, 2 * HALF]) {
    const length = der[at + 1]!;
    const number = der.subarray(at + 2, at + 2 + length);
    const digits = number[0] === 0 ? number.subarray(1) : number;
    raw.set(digits, end - digits.length);
    at += 2 + length;
  }
  return raw.buffer;
}
