import type { Access } from './access.js';
import { LdapTools } from './ldap-tools.js';
import { until } from './until.js';

/** Waits until the directory lets its reader read; closes it and rejects when it does not in time. */
export async function answering(directory: { access: Access; close(): Promise<void> }, base: string): Promise<void> {
  const { access } = directory;
  const tools = new LdapTools({ ...access, dn: access.reader });
  try {
    await until(`${access.url} answers`, async () => {
      await tools.search(base, '(objectClass=organizationalUnit)', ['1.1']);
    });
  } catch (error) {
    await directory.close();
    throw error;
  }
}
