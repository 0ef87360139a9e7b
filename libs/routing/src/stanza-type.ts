/** The three kinds of stanza. RFC 6120 §8.2 */
export type Kind = 'message' | 'presence' | 'iq';

/**
 * The `type` of a stanza as it is understood: an unknown type of message is `normal` (RFC 6121 §5.2.2); an absent type
 * of presence is `available`; what cannot be understood is `unknown`.
 */
export type StanzaType =
  | 'normal'
  | 'chat'
  | 'groupchat'
  | 'headline'
  | 'error'
  | 'available'
  | 'unavailable'
  | 'subscribe'
  | 'subscribed'
  | 'unsubscribe'
  | 'unsubscribed'
  | 'probe'
  | 'get'
  | 'set'
  | 'result'
  | 'unknown';

/** The number each type has in the recorder's flags and, for messages, in the journal (0 to 4). */
export const TYPES: readonly StanzaType[] = [
  'chat',
  'normal',
  'headline',
  'groupchat',
  'error',
  'available',
  'unavailable',
  'subscribe',
  'subscribed',
  'unsubscribe',
  'unsubscribed',
  'probe',
  'get',
  'set',
  'result',
  'unknown',
];
const CODES = new Map(TYPES.map((type, code) => [type, code]));

export const KINDS: readonly Kind[] = ['message', 'presence', 'iq'];

const WORDS: Readonly<Record<Kind, readonly StanzaType[]>> = {
  message: ['chat', 'normal', 'groupchat', 'headline', 'error'],
  presence: ['unavailable', 'subscribe', 'subscribed', 'unsubscribe', 'unsubscribed', 'probe', 'error'],
  iq: ['get', 'set', 'result', 'error'],
};
const BYTES = new Map<StanzaType, Buffer>(TYPES.map((type) => [type, Buffer.from(type)]));
const ABSENT: Readonly<Record<Kind, StanzaType>> = { message: 'normal', presence: 'available', iq: 'unknown' };
const STRANGE: Readonly<Record<Kind, StanzaType>> = { message: 'normal', presence: 'unknown', iq: 'unknown' };

/** Reads the type from a range of bytes; `start` −1 when the attribute is absent. Makes no string. */
export function typeAt(kind: Kind, bytes: Buffer, start: number, end: number): StanzaType {
  if (start < 0) return ABSENT[kind];
  const words = WORDS[kind];
  for (let w = 0; w < words.length; w++) {
    const word = BYTES.get(words[w]!)!;
    if (word.length !== end - start) continue;
    let i = 0;
    while (i < word.length && word[i] === bytes[start + i]) i++;
    if (i === word.length) return words[w]!;
  }
  return STRANGE[kind];
}

export function codeOf(type: StanzaType): number {
  return CODES.get(type)!;
}
