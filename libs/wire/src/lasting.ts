const SLAB_BYTES = 8192;
/** Longer ones have memory of their own: the rest of a slab is not worth leaving. */
const LONGEST_SHARED = 512;
const NOTHING: Buffer = Buffer.alloc(0);

let slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
let used = 0;

/**
 * The text in UTF-8, for as long as what it names is there: an account, a device, a room. `Buffer.from` cuts it from a
 * pool that everything short-lived goes through as well, so that one name keeps many kilobytes from being freed; these lie
 * close together, with what was made at the same time. Nobody may write to it.
 */
export function lasting(text: string): Buffer {
  if (text === '') return NOTHING;
  const length = Buffer.byteLength(text);
  if (length > LONGEST_SHARED) return Buffer.allocUnsafeSlow(length).fill(text);
  if (used + length > SLAB_BYTES) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    used = 0;
  }
  const bytes = slab.subarray(used, used + length);
  bytes.write(text);
  used += length;
  return bytes;
}
