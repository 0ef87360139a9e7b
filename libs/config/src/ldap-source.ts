import { choice, domain, duration, flag, secret, text, url, whole } from './kinds.js';
import { directoryKinds, KIND_DEFAULTS, type KindDefaults } from './ldap-kinds.js';
import { either, group, list, optional, scalar, type About, type Checked, type Schema } from './schema.js';

/** A time of day, as minutes after midnight when checked. */
function timeOfDay(about: About): Schema<number> {
  return scalar('a time of day, such as "02:30"', parseTime, about);
}

function parseTime(written: string): number | undefined {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(written) ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

/** A share in percent, from 0 to 1 when checked. */
function percent(about: About): Schema<number> {
  return scalar('a share, such as 5%', parsePercent, about);
}

function parsePercent(written: string): number | undefined {
  const [, number] = /^(\d{1,3}(?:\.\d+)?) ?%$/.exec(written) ?? [];
  return number === undefined || Number(number) > 100 ? undefined : Number(number) / 100;
}

/** The text for docs/settings.md says what stands in for it with each kind. */
function attribute(name: keyof KindDefaults['attributes'], says: string): Schema<string | undefined> {
  const kindsOf = new Map<string, string[]>();
  for (const kind of directoryKinds) {
    const initial = KIND_DEFAULTS[kind].attributes[name] ?? 'nothing';
    kindsOf.set(initial, [...(kindsOf.get(initial) ?? []), kind]);
  }
  const initials = Array.from(kindsOf, ([initial, kinds]) =>
    kindsOf.size === 1 ? `\`${initial}\`` : `\`${initial}\` (${kinds.join(', ')})`,
  );
  return optional(text({ says: `${says}. Without it ${initials.join(', ')}.` }));
}

const attributes = group(
  {
    id: attribute('id', 'Stable id of an entry'),
    login: attribute('login', 'What people type to log in; becomes the part before the @'),
    name: attribute('name', 'Name shown to others'),
    mail: attribute('mail', 'Mail address; people may log in with it'),
    title: attribute('title', 'Job title'),
    department: attribute('department', 'Department'),
    phone: attribute('phone', 'Telephone number'),
    office: attribute('office', 'Office or place of work'),
    photo: attribute('photo', 'Photo, JPEG or PNG'),
    principal: attribute('principal', 'Log-in name that has an @ of its own'),
  },
  { says: 'Which attribute holds what; what is not given follows from `kind`.' },
);

const groups = group(
  {
    base: optional(text({ says: 'Entry below which groups are searched; without it the first `base`.' })),
    filter: optional(text({ says: 'Which entries are groups; follows from `kind`.' })),
  },
  { says: 'The groups of the directory.' },
);

const officeRule = group(
  {
    base: optional(text({ says: 'People below this entry.' })),
    group: optional(text({ says: 'People in this group, also through other groups.' })),
    value: optional(text({ says: 'People whose office attribute has this value.' })),
    office: text({ says: 'The office they belong to.' }),
  },
  { says: 'One rule: `base`, `group` or `value`.' },
);

const roleRule = group(
  {
    group: text({ says: 'DN of the group; people in it through other groups have the role too.' }),
    role: choice(['helpdesk', 'peers', 'admin', 'readonly', 'officer', 'auditor'], { says: 'The role.' }),
    scope: text({ says: 'The office it is for; `*`: all.', initial: '*' }),
  },
  { says: 'One rule.' },
);

const seenBy = either([choice(['own', 'all'], { says: '' }), list(text({ says: 'DN of a group.' }), { says: '' })], {
  says: 'Who has the people of the team in the contact list, and is in theirs, beside the team itself: `own`, nobody; `all`, everybody of the directory; or people of the groups listed.',
  initial: 'own',
});

const teamRule = group(
  {
    group: text({ says: 'DN of the group; people in it through other groups and as primary group belong to it too.' }),
    name: optional(text({ says: 'The group in the contact list; without it the name in the directory.' })),
    'visible-to': seenBy,
    most: whole(
      { least: 2, most: 5000 },
      {
        says: 'A team that would bring more people than this together puts nobody into contact lists: they are found by search.',
        initial: 200,
      },
    ),
  },
  { says: 'One team.' },
);

const roomRule = group(
  {
    group: text({ says: 'DN of the group whose people are the members, through other groups too.' }),
    room: text({ says: 'What stands before the @ of the room. It is made when it is not there.' }),
    title: optional(text({ says: 'Title of a room that is made; without it the name of the group.' })),
    membership: choice(['mandatory', 'optional'], {
      says: '`mandatory`: clients enter the room by themselves. `optional`: people find it among their bookmarks.',
      initial: 'mandatory',
    }),
    owners: optional(text({ says: 'DN of the group whose people own the room; without it an administrator does.' })),
  },
  { says: 'One room.' },
);

const lockout = group(
  {
    attempts: whole(
      { least: 1, most: 100 },
      { says: 'Wrong passwords; fewer than the directory permits, or it locks people out.', initial: 4 },
    ),
    within: duration({ says: 'In so long.', initial: '15 minutes' }),
    for: duration({ says: 'How long that client then waits.', initial: '5 minutes' }),
  },
  { says: 'Wrong passwords for one account from one network address, before the directory is asked no more.' },
);

const sync = group(
  {
    online: duration({ says: 'How often the state of people who are online is looked at.', initial: '15s' }),
    changes: duration({ says: 'How often changes are asked for.', initial: '1 minute' }),
    full: timeOfDay({ says: 'When everything is read, each night, by the local clock.', initial: '02:30' }),
    'most-disabled': percent({
      says: 'A sync that would shut out more than this share of people stops and asks an administrator.',
      initial: '5%',
    }),
  },
  { says: 'How changes in the directory are followed.' },
);

const oneOrMore = either([text({ says: '' }), list(text({ says: 'An entry.' }), { says: '' })], {
  says: 'Entry below which people are searched, or a list of them.',
});

const written = group(
  {
    name: text({ says: 'Name of the source, kept with every account that comes from it. Do not change it later.' }),
    kind: choice(directoryKinds, {
      says: 'What directory it is: attributes, filters and the search for changes follow from it.',
      initial: 'inetorgperson',
    }),
    domains: optional(list(domain({ says: 'A domain.' }), { says: 'Domains whose people are in it; without it all.' })),
    url: optional(
      list(url(['ldaps', 'ldap'], { says: 'A server.' }), {
        says: 'Servers in the order they are tried. `ldap://` needs `start-tls: true`.',
      }),
    ),
    srv: optional(
      domain({
        says: 'In place of `url`: the domain whose servers DNS knows (`_ldap._tcp.dc._msdcs` before it with Active Directory, else `_ldap._tcp`). Only servers of that domain are taken.',
      }),
    ),
    'start-tls': flag({ says: 'Turn the connection into TLS before anything is sent.', initial: false }),
    'bind-dn': text({ says: 'Who searches.' }),
    password: secret({ says: 'Password of `bind-dn`.' }),
    base: oneOrMore,
    filter: optional(text({ says: 'Which entries may log in (RFC 4515); follows from `kind`.' })),
    attributes,
    groups,
    'login-group': optional(
      text({ says: 'DN of the group that may use the server, directly, through other groups or as primary group.' }),
    ),
    offices: optional(list(officeRule, { says: 'Who belongs to which office; the first rule that fits decides.' })),
    roles: optional(
      list(roleRule, { says: 'Which groups give which role; the first rule that fits decides. Others give none.' }),
    ),
    teams: optional(list(teamRule, { says: 'Groups whose people have each other in their contact lists.' })),
    rooms: optional(list(roomRule, { says: 'Groups whose people are the members of a room.' })),
    'netbios-name': optional(text({ says: 'What stands before the backslash in `CORP\\anna`.' })),
    'principal-suffixes': optional(
      list(domain({ says: 'A suffix.' }), { says: 'What may stand behind the @ of a log-in name beside the domains.' }),
    ),
    lockout,
    sync,
    'forward-old-address-for': duration({
      says: 'How long messages to the former address of somebody who was renamed are forwarded.',
      initial: '90 days',
    }),
    'connect-timeout': duration({
      says: 'Longest wait for a connection before the next server is tried.',
      initial: '2s',
    }),
    'answer-timeout': duration({ says: 'Longest wait for an answer.', initial: '5s' }),
    connections: whole({ least: 1, most: 64 }, { says: 'Most connections open at once for searches.', initial: 4 }),
  },
  { says: 'One LDAP directory.' },
);

type Written = Checked<typeof written>;

/** A checked LDAP source. */
export interface LdapSourceSettings extends Omit<Written, 'attributes' | 'base' | 'filter' | 'groups' | 'url'> {
  readonly attributes: KindDefaults['attributes'];
  readonly base: readonly [string, ...string[]];
  readonly filter: string;
  readonly groups: { readonly base: string; readonly filter: string };
  /** Empty where `srv` is given. */
  readonly url: readonly string[];
}

/** One LDAP directory, as `directory:` lists it, with everything that follows from its kind filled in. */
export const ldapSource: Schema<LdapSourceSettings> = {
  ...written,
  read: (at, reading) => {
    const source = written.read(at, reading);
    if (source) checkSource(source, (sentence) => reading.problems.note(at.origin, sentence));
    return source && completed(source);
  },
};

function completed(source: Written): LdapSourceSettings {
  const defaults = KIND_DEFAULTS[source.kind ?? 'inetorgperson'];
  const [first = '', ...rest] = [source.base ?? []].flat();
  const given = Object.entries(source.attributes ?? {}).filter(([, name]) => name !== undefined);
  return {
    ...source,
    attributes: { ...defaults.attributes, ...Object.fromEntries(given) },
    base: [first, ...rest],
    filter: source.filter ?? defaults.filter,
    groups: { base: source.groups?.base ?? first, filter: source.groups?.filter ?? defaults.groupFilter },
    url: source.url ?? [],
  };
}

function checkSource({ url, srv, offices = [], rooms = [] }: Written, object: (sentence: string) => void): void {
  if (url === undefined && srv === undefined) object('url is missing; give url or srv');
  if (url !== undefined && srv !== undefined) object('give url or srv, not both');
  const strange = offices.find((rule) => [rule.base, rule.group, rule.value].filter(Boolean).length !== 1);
  if (strange) object(`the rule for the office ${strange.office} needs one of base, group and value`);
  const twice = rooms.find(({ room }, i) => rooms.findIndex((other) => other.room === room) < i);
  if (twice) object(`two rules are for the room ${twice.room}; make a group of both groups`);
}
