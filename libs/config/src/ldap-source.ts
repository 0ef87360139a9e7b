import { domain, duration, flag, secret, text, url, whole } from './kinds.js';
import { group, list, optional, type Checked } from './schema.js';

/** The attribute names of a directory; the defaults are those of inetOrgPerson (RFC 2798) and RFC 4530. */
const attributes = group(
  {
    id: text({ says: 'Stable id of an entry: entryUUID, or objectGUID with Active Directory.', initial: 'entryUUID' }),
    login: text({ says: 'What people type to log in; becomes the part before the @.', initial: 'uid' }),
    name: text({ says: 'Name shown to others.', initial: 'displayName' }),
    mail: text({ says: 'Mail address.', initial: 'mail' }),
    title: text({ says: 'Job title.', initial: 'title' }),
    department: text({ says: 'Department.', initial: 'departmentNumber' }),
    phone: text({ says: 'Telephone number.', initial: 'telephoneNumber' }),
    office: text({ says: 'Office or place of work.', initial: 'l' }),
    photo: text({ says: 'Photo, JPEG or PNG.', initial: 'jpegPhoto' }),
  },
  { says: 'Which attribute holds what.' },
);

/** One LDAP directory, as `directory:` lists it. */
export const ldapSource = group(
  {
    name: text({ says: 'Name of the source, kept with every account that comes from it. Do not change it later.' }),
    domains: optional(list(domain({ says: 'A domain.' }), { says: 'Domains whose people are in it; without it all.' })),
    url: list(url(['ldaps', 'ldap'], { says: 'A server.' }), {
      says: 'Servers in the order they are tried. `ldap://` needs `start-tls: true`.',
    }),
    'start-tls': flag({ says: 'Turn the connection into TLS before anything is sent.', initial: false }),
    'bind-dn': text({ says: 'Who searches.' }),
    password: secret({ says: 'Password of `bind-dn`.' }),
    base: text({ says: 'Entry below which people are searched.' }),
    filter: text({ says: 'Which entries may log in (RFC 4515).', initial: '(objectClass=inetOrgPerson)' }),
    attributes,
    'connect-timeout': duration({
      says: 'Longest wait for a connection before the next server is tried.',
      initial: '2s',
    }),
    'answer-timeout': duration({ says: 'Longest wait for an answer.', initial: '5s' }),
    connections: whole({ least: 1, most: 64 }, { says: 'Most connections open at once for searches.', initial: 4 }),
  },
  { says: 'One LDAP directory.' },
);

/** A checked LDAP source. */
export type LdapSourceSettings = Checked<typeof ldapSource>;
