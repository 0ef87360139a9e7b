import { randomFillSync } from 'node:crypto';

/** Drawn in one go: the system's generator costs a microsecond however little it is asked for. */
const pool = Buffer.alloc(8184);
let used = pool.length;

/** Text that nobody can guess: so many random bytes in base64url. Each byte is used once. At most 8,184. */
export function randomText(bytes = 16): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const text = pool.toString('base64url', used, used + bytes);
  used += bytes;
  return text;
}
