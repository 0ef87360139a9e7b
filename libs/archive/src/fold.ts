const ACCENTS = /[\u0300-\u036f]/g;
// oxlint-disable-next-line no-control-regex -- the whole of ASCII is meant
const ASCII = /^[\0-\x7f]*$/;

/** Text as search compares it: without case, without accents, compatibility forms as the plain ones, ß as ss. */
export function fold(text: string): string {
  // Most text, and nothing of the below changes it.
  if (ASCII.test(text)) return text.toLowerCase();
  return text.normalize('NFKD').replace(ACCENTS, '').toLowerCase().replaceAll('ß', 'ss').normalize('NFC');
}
