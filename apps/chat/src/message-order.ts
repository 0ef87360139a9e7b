import type { Private } from './converse.js';

type Take = (stanza: Element) => Promise<unknown>;

/**
 * COMPAT(converse.js, 14.0.0): it works on messages that come close together all at once, makes the chat they belong to
 * several times and loses what it put into the others. Here each waits for the one before it; `taken` is called when it is
 * done. What is returned puts a message at the end of the same queue, and resolves when it is done.
 */
export function oneAtATime({ exports }: Private, taken: (stanza: Element) => void): Take {
  const take = exports.handleMessageStanza;
  if (typeof take !== 'function') throw new Error('Converse has no handleMessageStanza: has its release changed?');
  let last: Promise<unknown> = Promise.resolve();
  exports.handleMessageStanza = (stanza) => {
    last = last.then(() => take(stanza)).then(() => taken(stanza), reportError);
    return last;
  };
  return (stanza) => exports.handleMessageStanza(stanza);
}
