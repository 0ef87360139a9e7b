const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}\p{Script=Mende_Kikakui}]/u;
const MARK = /\p{Mn}/u;
const ARABIC_NUMBER = /[\u{660}-\u{669}\u{66B}\u{66C}\u{6DD}]/u;
const EUROPEAN_NUMBER = /[0-9\u{6F0}-\u{6F9}]/u;
const LETTER_OR_DIGIT = /[\p{L}\p{Nd}\p{Mc}]/u;

const isNumber = (point: string): boolean => ARABIC_NUMBER.test(point) || EUROPEAN_NUMBER.test(point);
const isRightToLeft = (point: string): boolean => RIGHT_TO_LEFT.test(point) && !MARK.test(point) && !isNumber(point);
const isLeftToRight = (point: string): boolean =>
  LETTER_OR_DIGIT.test(point) && !MARK.test(point) && !isNumber(point) && !isRightToLeft(point);

/**
 * The Bidi Rule of RFC 5893 §2, applied as RFC 8265 §3.3 asks: to texts with a right-to-left character or Arabic number.
 * True when a person would see the characters in the order in which they are compared.
 */
export function isBidiSound(text: string): boolean {
  const points = Array.from(text);
  if (!points.some((point) => isRightToLeft(point) || ARABIC_NUMBER.test(point))) return true;
  if (!isRightToLeft(points[0] ?? '')) return false;
  if (points.some(isLeftToRight)) return false;
  if (points.some((point) => EUROPEAN_NUMBER.test(point)) && points.some((point) => ARABIC_NUMBER.test(point))) {
    return false;
  }
  const last = points.findLast((point) => !MARK.test(point)) ?? '';
  return isRightToLeft(last) || isNumber(last);
}
