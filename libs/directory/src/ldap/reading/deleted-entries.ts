import { Control, type Entry, type Filter } from 'ldapts';
import { normalDn } from '../distinguished-name.js';
import { idOf } from '../entry.js';
import { all, any, equals } from './filters.js';
import { contextsOf, isOver, warnOnce, type Reading } from './reading.js';
import { isHidden } from './refused.js';
import { textsOf } from './values.js';

/** LDAP_SERVER_SHOW_DELETED_OID of Active Directory. */
const SHOW_DELETED = '1.2.840.113556.1.4.417';

/** What is left of an entry. */
export interface DeletedEntry {
  readonly id: string;
  readonly isGroup: boolean;
}

/**
 * The people and groups that were deleted, as far as the change filter goes. Only Active Directory keeps them, in a
 * folder that few accounts may read; that ours may not is told once, as an event.
 */
export async function deletedEntries(reading: Reading, changed: Filter): Promise<readonly DeletedEntry[]> {
  if (reading.scope.kind !== 'active-directory') return [];
  const found: DeletedEntry[] = [];
  for (const context of await contextsOf(reading)) {
    const base = `CN=Deleted Objects,${context}`;
    const entries = await remains(reading, base, changed);
    // The folder itself is among what may be read. Who may not read it is told that there is nothing.
    if (entries.some(({ dn }) => normalDn(dn) === normalDn(base)))
      isOver(reading, 'directory.deletions.hidden', { base });
    else warnOnce(reading, 'directory.deletions.hidden', { base });
    found.push(...entries.flatMap((entry) => deletedEntry(entry, reading)));
  }
  return found;
}

async function remains({ reader, scope }: Reading, base: string, changed: Filter): Promise<readonly Entry[]> {
  const isOfUse = any([equals('objectClass', 'user'), equals('objectClass', 'group')]);
  const filter = all(equals('isDeleted', 'TRUE'), any([equals('objectClass', 'container'), all(isOfUse, changed)]));
  const controls = [new Control(SHOW_DELETED, { critical: true })];
  try {
    return await reader.all({ base, filter, attributes: [scope.attributes.id, 'objectClass'], controls });
  } catch (error) {
    if (isHidden(error)) return [];
    throw error;
  }
}

function deletedEntry(entry: Entry, { scope }: Reading): DeletedEntry[] {
  const classes = textsOf(entry, 'objectClass').map((name) => name.toLowerCase());
  const id = idOf(entry, scope.attributes.id);
  return id === undefined || classes.includes('container') ? [] : [{ id, isGroup: classes.includes('group') }];
}
