// Invented messages with the make-up of real ones: few words make most of the text, a long tail makes most of the
// vocabulary; some numbers and addresses, some scripts without spaces. The same seed gives the same messages.

const HEADS = ['', 't', 's', 'd', 'n', 'r', 'l', 'm', 'b', 'f', 'g', 'h', 'k', 'p', 'v', 'w', 'st', 'tr', 'sch', 'pr'];
const VOWELS = ['e', 'a', 'i', 'o', 'u', 'ei', 'au', 'ou', 'ä', 'é'];
const TAILS = ['', 'n', '', 'r', 's', 't', 'l', 'm', 'ng', 'ck', 'st'];
const VOCABULARY = 30_000;
const UNSPACED = '明日会議東京資料確認連絡予定変更部長電話送信完了今日午後場所時間お願いします';

/** Uniform numbers from 0 up to 1. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Ranks 0 up to `count`, the first ones far more often than the last. */
export function skewed(random, count) {
  return Math.min(count - 1, Math.floor(count ** random()) - 1 + Math.floor(random() * 2));
}

/** Gives one message's text after the other. */
export function corpus(seed) {
  const random = seeded(seed);
  const any = (list) => list[Math.floor(random() * list.length)];
  const often = (list) => list[Math.floor(random() ** 2 * list.length)];
  const word = (rank) => {
    const syllables = 1 + Math.floor(Math.log10(rank + 1) / 1.5 + random());
    return Array.from({ length: syllables }, () => often(HEADS) + often(VOWELS) + often(TAILS)).join('');
  };
  const words = Array.from({ length: VOCABULARY }, (_, rank) => word(rank));
  const term = () => {
    const kind = random();
    if (kind < 0.02) return String(Math.floor(random() * 1_000_000));
    if (kind < 0.025) return `https://wiki.corp.example/${any(words)}/${Math.floor(random() * 100_000)}`;
    return words[skewed(random, VOCABULARY)];
  };
  return () => {
    if (random() < 0.04) return Array.from({ length: 4 + Math.floor(random() * 20) }, () => any(UNSPACED)).join('');
    const text = Array.from({ length: 1 + Math.floor(-Math.log(1 - random()) * 13) }, term).join(' ');
    return text[0].toUpperCase() + text.slice(1) + any(['', '.', '!', '?']);
  };
}
