import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { ScramMechanism, ScramVerifier } from '../directory.js';

const derive = promisify(pbkdf2);

/** Every mechanism a verifier is made for, the strongest first. */
export const SCRAM_MECHANISMS: readonly ScramMechanism[] = ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'SCRAM-SHA-1'];

/** RFC 7677 §4 asks for at least 4,096; each log-in of each client pays for more. */
export const DEFAULT_ITERATIONS = 10_000;
const SALT_BYTES = 16;

const HASH: Record<ScramMechanism, { readonly name: string; readonly bytes: number }> = {
  'SCRAM-SHA-1': { name: 'sha1', bytes: 20 },
  'SCRAM-SHA-256': { name: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { name: 'sha512', bytes: 64 },
};

/** Verifiers of a prepared password for all mechanisms, each with its own salt. PBKDF2 runs off the main thread. */
export function deriveVerifiers(password: string, iterations = DEFAULT_ITERATIONS): Promise<ScramVerifier[]> {
  return Promise.all(
    SCRAM_MECHANISMS.map((mechanism) =>
      deriveVerifier(password, { mechanism, salt: randomBytes(SALT_BYTES), iterations }),
    ),
  );
}

/** True when the verifier was made from this prepared password. Compares in constant time. */
export async function isPasswordOf(verifier: ScramVerifier, password: string): Promise<boolean> {
  const { storedKey } = await deriveVerifier(password, verifier);
  return storedKey.length === verifier.storedKey.length && timingSafeEqual(storedKey, verifier.storedKey);
}

/**
 * The verifier of an account that does not exist: the same at every call, different for every name, and no password
 * fits it. `secret` is the server's own, so that nobody outside can tell it from a true one.
 */
export function falseVerifier(secret: Buffer, bare: string, mechanism: ScramMechanism): ScramVerifier {
  const { bytes } = HASH[mechanism];
  const of = (what: string): Buffer => createHmac('sha512', secret).update(`${what}\0${mechanism}\0${bare}`).digest();
  return {
    mechanism,
    salt: of('salt').subarray(0, SALT_BYTES),
    iterations: DEFAULT_ITERATIONS,
    storedKey: of('stored').subarray(0, bytes),
    serverKey: of('server').subarray(0, bytes),
  };
}

/** RFC 5802 §3: SaltedPassword, StoredKey = H(HMAC(…, "Client Key")), ServerKey = HMAC(…, "Server Key"). */
async function deriveVerifier(
  password: string,
  { mechanism, salt, iterations }: Pick<ScramVerifier, 'mechanism' | 'salt' | 'iterations'>,
): Promise<ScramVerifier> {
  const { name, bytes } = HASH[mechanism];
  const salted = await derive(password, salt, iterations, bytes, name);
  const clientKey = createHmac(name, salted).update('Client Key').digest();
  return {
    mechanism,
    salt,
    iterations,
    storedKey: createHash(name).update(clientKey).digest(),
    serverKey: createHmac(name, salted).update('Server Key').digest(),
  };
}
