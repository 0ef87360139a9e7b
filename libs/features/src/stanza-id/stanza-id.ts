import { type Account, type Feature, facet, on } from '@interoffice/routing';
import { escapeAttribute, NS } from '@interoffice/wire';

const prefixOf = facet<Buffer | undefined>('stanza-id.prefix', undefined);
const SUFFIX = Buffer.from("'/>");

/**
 * Unique and Stable Stanza IDs: every message to an account carries the id under which the archive has it. XEP-0359
 * Forged ones were removed before this phase (routing/src/canonical.ts).
 */
export function stanzaId(): Feature {
  return {
    name: 'stanza-id',
    implements: [{ xep: 359, version: '0.7.0' }],
    advertises: { server: [NS.sid], account: [NS.sid] },
    hooks: [
      on(
        'stamp',
        { kind: 'message', to: ['account', 'device'], type: ['chat', 'normal', 'headline', 'groupchat'] },
        (p, out) => {
          out.child(prefix(p.target.account!));
          out.id(p.idHigh, p.idLow);
          out.child(SUFFIX);
        },
      ),
    ],
  };
}

/** Everything of the element but the id, made once per account. */
function prefix(account: Account): Buffer {
  const known = account.get(prefixOf);
  if (known) return known;
  const made = Buffer.from(`<stanza-id xmlns='${NS.sid}' by='${escapeAttribute(account.bare)}' id='`);
  account.put(prefixOf, made);
  return made;
}
