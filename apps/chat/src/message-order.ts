import type { Api, Private } from './converse.js';

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

/**
 * COMPAT(converse.js, 14.0.0): it knows an own message again by its id and the full address it was written from; one that
 * waited may have been sent from another, and what is stored of it would be replaced by the archive's.
 */
export function knowOwnAgain(api: Api): void {
  api.listen.on('getDuplicateMessageQueries', (_chat, given, message) => {
    const { sender, origin_id } = message as { readonly sender?: string; readonly origin_id?: string };
    const queries = given as readonly object[];
    return sender === 'me' && origin_id !== undefined ? [...queries, { origin_id, sender }] : queries;
  });
}
