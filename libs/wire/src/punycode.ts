const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const INITIAL_POINT = 128;
const MAX_POINT = 0x10ffff;

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 22;
  if (code >= 97 && code <= 122) return code - 97;
  return BASE;
}

/** The bias for the next delta. RFC 3492 §6.1 */
function adapt(delta: number, points: number, isFirst: boolean): number {
  let rest = isFirst ? Math.floor(delta / DAMP) : delta >> 1;
  rest += Math.floor(rest / points);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}

interface Delta {
  readonly value: number;
  readonly next: number;
}

/** One variable-length integer. RFC 3492 §6.2 */
function readDelta(text: string, from: number, bias: number): Delta | undefined {
  let value = 0;
  let weight = 1;
  for (let k = BASE, next = from; next < text.length; k += BASE) {
    const digit = digitOf(text.charCodeAt(next++));
    if (digit >= BASE) return undefined;
    value += digit * weight;
    if (value > Number.MAX_SAFE_INTEGER / BASE) return undefined;
    const threshold = Math.min(Math.max(k - bias, T_MIN), T_MAX);
    if (digit < threshold) return { value, next };
    weight *= BASE - threshold;
  }
  return undefined;
}

/** What an A-label holds behind its `xn--`, in lower case. RFC 3492. Undefined when it is no Punycode. */
export function decodePunycode(text: string): string | undefined {
  const hyphen = text.lastIndexOf('-');
  const points = hyphen > 0 ? Array.from(text.slice(0, hyphen), (c) => c.charCodeAt(0)) : [];
  let point = INITIAL_POINT;
  let index = 0;
  let bias = INITIAL_BIAS;
  for (let at = hyphen > 0 ? hyphen + 1 : 0; at < text.length;) {
    const delta = readDelta(text, at, bias);
    if (!delta) return undefined;
    at = delta.next;
    const previous = index;
    index += delta.value;
    const length = points.length + 1;
    bias = adapt(index - previous, length, previous === 0 && points.length === (hyphen > 0 ? hyphen : 0));
    point += Math.floor(index / length);
    index %= length;
    if (point > MAX_POINT) return undefined;
    points.splice(index++, 0, point);
  }
  return String.fromCodePoint(...points);
}
