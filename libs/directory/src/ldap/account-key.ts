import type { Entry } from 'ldapts';
import { normalDn } from './distinguished-name.js';
import { idOf } from './entry.js';
import type { LdapSourceOptions } from './source-options.js';

/** By what wrong passwords of an entry are counted: its stable id, or its DN without one. */
export function accountKey(entry: Entry, { attributes }: Pick<LdapSourceOptions, 'attributes'>): string {
  return idOf(entry, attributes.id) ?? normalDn(entry.dn);
}
