import type { Directory } from '@interoffice/directory';
import type { FindPerson } from '@interoffice/features';

/** People's cards from the directory. */
export function personFinder(directory: Pick<Directory, 'find' | 'photo'>): FindPerson {
  return async (jid) => {
    const record = await directory.find(jid);
    if (!record || record.state === 'deleted') return undefined;
    const { name, mail, phone, title, department, office } = record;
    const photo = record.photoHash === undefined ? undefined : await directory.photo(jid);
    return { name, mail, phone, title, department, office, photo };
  };
}
