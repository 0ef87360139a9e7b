import { type Element, parseXml, XmlError } from '@interoffice/wire';

/**
 * Reads XML that we have written ourselves; undefined when it cannot be read again. Escaping makes tags longer than they
 * came, and so does what is stamped on them, and tags have a bound.
 */
export function tryRead(xml: string | Uint8Array): Element | undefined {
  try {
    return parseXml(xml);
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

/** What is to be stored is asked this first. */
export function isReadable(text: string): boolean {
  return tryRead(text) !== undefined;
}
