import { UNREADABLE_NAMESPACES } from '@interoffice/wire';

/** As a stanza that was proven or serialised by us declares them. */
const DECLARED = UNREADABLE_NAMESPACES.flatMap((namespace) => [`xmlns='${namespace}'`, `xmlns="${namespace}"`]);

/** Whether the recorded XML carries what its receivers alone can read: the archive has it, and nobody here knows what it says. */
export function isEncrypted(stanza: Buffer | string): boolean {
  return DECLARED.some((declared) => stanza.includes(declared)) || stanza.includes('<body>?OTR');
}
