/** What a source calls things when its settings do not say. */
export interface KindDefaults {
  readonly filter: string;
  readonly groupFilter: string;
  readonly attributes: {
    readonly id: string;
    readonly login: string;
    readonly name: string;
    readonly mail: string;
    readonly title: string;
    readonly department: string;
    readonly phone: string;
    readonly office: string;
    readonly photo: string;
    readonly principal: string | undefined;
  };
}

/** RFC 2798 and, for the id, RFC 4530. */
const inetOrgPerson: KindDefaults = {
  filter: '(objectClass=inetOrgPerson)',
  groupFilter: '(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))',
  attributes: {
    id: 'entryUUID',
    login: 'uid',
    name: 'displayName',
    mail: 'mail',
    title: 'title',
    department: 'departmentNumber',
    phone: 'telephoneNumber',
    office: 'l',
    photo: 'jpegPhoto',
    principal: undefined,
  },
};

/** The kinds of directory; people who are switched off are found as well, so that they can be told that they are. */
export const KIND_DEFAULTS = {
  'active-directory': {
    // Contacts are of the category person as well, and have no account.
    filter: '(&(objectCategory=person)(objectClass=user))',
    groupFilter: '(objectClass=group)',
    attributes: {
      id: 'objectGUID',
      login: 'sAMAccountName',
      name: 'displayName',
      mail: 'mail',
      title: 'title',
      department: 'department',
      phone: 'telephoneNumber',
      office: 'physicalDeliveryOfficeName',
      photo: 'thumbnailPhoto',
      principal: 'userPrincipalName',
    },
  },
  inetorgperson: inetOrgPerson,
  /** RFC 2307 */
  posix: { ...inetOrgPerson, filter: '(objectClass=posixAccount)', groupFilter: '(objectClass=posixGroup)' },
  freeipa: {
    filter: '(&(objectClass=posixAccount)(objectClass=inetOrgPerson))',
    groupFilter: '(objectClass=ipaUserGroup)',
    attributes: { ...inetOrgPerson.attributes, id: 'ipaUniqueID', principal: 'krbPrincipalName' },
  },
} as const satisfies Readonly<Record<string, KindDefaults>>;

/** The name of a kind. */
export type DirectoryKind = keyof typeof KIND_DEFAULTS;

/** All of them, for the choice in the settings. */
export const directoryKinds = Object.keys(KIND_DEFAULTS) as readonly DirectoryKind[];
