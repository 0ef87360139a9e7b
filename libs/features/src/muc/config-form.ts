import { type Element, type Form, type FormField, formElement, type FieldType, NS } from '@interoffice/wire';
import type { PrivateMessages, RoomConfig } from './config.js';
import type { Room } from './room.js';

type Option = readonly [value: string, label: string];

/** One setting as the form has it: how it is shown, and what a value in a submitted form means. */
interface Setting {
  readonly name: string;
  readonly type: FieldType;
  readonly label: string;
  readonly options?: readonly Option[];
  readonly show: (config: RoomConfig) => readonly string[];
  /** What changes; undefined: that is no value for it. */
  readonly read: (form: Form, name: string) => Partial<RoomConfig> | undefined;
}

const NAME = 'muc#roomconfig_';
const LONGEST_TEXT = 1_000;
const MOST_SLOW_SECONDS = 86_400;
const MOST_USERS = 100_000;

const flag = (key: keyof RoomConfig, name: string, label: string): Setting => ({
  name: `${NAME}${name}`,
  type: 'boolean',
  label,
  show: (config) => [config[key] === true ? '1' : '0'],
  read: (form, field) => ({ [key]: form.flag(field) ?? false }),
});

const text = (key: keyof RoomConfig, name: string, label: string): Setting => ({
  name: `${NAME}${name}`,
  type: 'text-single',
  label,
  show: (config) => [String(config[key])],
  read: (form, field) => {
    const value = form.text(field) ?? '';
    return value.length <= LONGEST_TEXT ? { [key]: value } : undefined;
  },
});

const number = (key: keyof RoomConfig, name: string, rest: { label: string; most: number }): Setting => ({
  name,
  type: 'text-single',
  label: rest.label,
  show: (config) => [String(config[key])],
  read: (form, field) => {
    const value = form.integer(field) ?? 0;
    return value <= rest.most ? { [key]: value } : undefined;
  },
});

const PM: readonly (Option & readonly [PrivateMessages, string])[] = [
  ['anyone', 'Anyone'],
  ['participants', 'Anyone with voice'],
  ['moderators', 'Moderators only'],
  ['none', 'Nobody'],
];
const ROLE_OPTIONS: readonly Option[] = [
  ['moderator', 'Moderator'],
  ['participant', 'Participant'],
  ['visitor', 'Visitor'],
];

/** Every setting of a room, in the order of the form. XEP-0045 §15.5.3, XEP-0500 §3 */
const SETTINGS: readonly Setting[] = [
  text('name', 'roomname', 'Name of the room'),
  text('description', 'roomdesc', 'What it is for'),
  text('language', 'lang', 'Language spoken'),
  flag('isLogged', 'enablelogging', 'Members may read what was said before they came'),
  flag('participantsSetSubject', 'changesubject', 'Everybody with voice may change the subject'),
  flag('membersInvite', 'allowinvites', 'Members may invite others'),
  {
    name: `${NAME}allowpm`,
    type: 'list-single',
    label: 'Who may send private messages',
    options: PM,
    show: ({ privateMessages }) => [privateMessages],
    read: (form, field) => {
      const found = PM.find(([value]) => value === form.text(field));
      return found && { privateMessages: found[0] };
    },
  },
  {
    name: `${NAME}maxusers`,
    type: 'list-single',
    label: 'Most occupants',
    options: ['10', '20', '30', '50', '100', '200', '500', '1000', 'none'].map((value): Option => [value, value]),
    show: ({ maxUsers }) => [maxUsers === 0 ? 'none' : String(maxUsers)],
    read: (form, field) => {
      const value = form.text(field);
      const wanted = value === 'none' || value === '' ? 0 : form.integer(field)!;
      return wanted <= MOST_USERS ? { maxUsers: wanted } : undefined;
    },
  },
  {
    name: `${NAME}presencebroadcast`,
    type: 'list-multi',
    label: 'Whose presence is shown',
    options: ROLE_OPTIONS,
    show: ({ presenceBroadcast }) => presenceBroadcast,
    read: (form, field) => {
      const roles = ROLE_OPTIONS.map(([role]) => role) as RoomConfig['presenceBroadcast'];
      const wanted = form.texts(field) ?? [];
      if (!wanted.every((role) => roles.some((known) => known === role))) return undefined;
      return { presenceBroadcast: roles.filter((role) => wanted.includes(role)) };
    },
  },
  {
    name: `${NAME}getmemberlist`,
    type: 'list-multi',
    label: 'Who may read the list of members',
    options: ROLE_OPTIONS,
    show: ({ membersSeeMembers }) => (membersSeeMembers ? ['moderator', 'participant', 'visitor'] : []),
    read: (form, field) => ({ membersSeeMembers: (form.texts(field) ?? []).includes('participant') }),
  },
  flag('isPublic', 'publicroom', 'Found by who looks for rooms'),
  flag('isPersistent', 'persistentroom', 'Stays when everybody has left'),
  flag('isModerated', 'moderatedroom', 'Who comes in has to be given voice'),
  flag('isMembersOnly', 'membersonly', 'For members only'),
  {
    name: `${NAME}passwordprotectedroom`,
    type: 'boolean',
    label: 'Needs a password',
    show: ({ password }) => [password === undefined ? '0' : '1'],
    read: (form, field) => (form.flag(field) === true ? {} : { password: undefined }),
  },
  {
    name: `${NAME}roomsecret`,
    type: 'text-private',
    label: 'Password',
    show: ({ password }) => [password ?? ''],
    read: (form, field) => {
      const value = form.text(field) ?? '';
      const isWanted = form.flag(`${NAME}passwordprotectedroom`) ?? value !== '';
      if (isWanted && value === '') return undefined;
      return { password: isWanted ? value : undefined };
    },
  },
  {
    name: `${NAME}whois`,
    type: 'list-single',
    label: 'Who may see real addresses',
    options: [
      ['moderators', 'Moderators only'],
      ['anyone', 'Anyone'],
    ],
    show: ({ isNonAnonymous }) => [isNonAnonymous ? 'anyone' : 'moderators'],
    read: (form, field) => {
      const value = form.text(field);
      return value === 'anyone' || value === 'moderators' ? { isNonAnonymous: value === 'anyone' } : undefined;
    },
  },
  number('historyLength', 'muc#maxhistoryfetch', { label: 'Messages shown to who comes in', most: 50 }),
  number('slowModeSeconds', `${NAME}slow_mode_duration`, {
    label: 'Seconds between two messages of a participant; 0: none',
    most: MOST_SLOW_SECONDS,
  }),
];

const ADMINS = `${NAME}roomadmins`;
const OWNERS = `${NAME}roomowners`;

/** The form for an owner, filled in. XEP-0045 §10.1.3 */
export function configForm(room: Room): Element {
  const fields = SETTINGS.map(({ name, type, label, options, show }): FormField => {
    const values = show(room.config).filter((value) => value !== '');
    const known = new Set(options?.map(([value]) => value));
    // A value of one's own is among those to be chosen from.
    const added = type === 'list-single' ? values.filter((value) => !known.has(value)) : [];
    const choices = options && [...options, ...added.map((value): Option => [value, value])];
    return { name, type, label, values, options: choices?.map(([value, shown]) => ({ value, label: shown })) };
  });
  const people = (affiliation: 'admin' | 'owner'): string[] =>
    [...room.withAffiliation(affiliation)].map(([jid]) => jid);
  fields.push(
    { name: ADMINS, type: 'jid-multi', label: 'Administrators', values: people('admin') },
    { name: OWNERS, type: 'jid-multi', label: 'Owners', values: people('owner') },
  );
  return formElement({
    type: 'form',
    formType: NS.mucRoomConfig,
    title: `Settings of ${room.config.name || room.jid.bare}`,
    instructions: 'What you leave out stays as it is.',
    fields,
  });
}

/** What a submitted form wants; settings it does not name stay as they are. */
export interface Submitted {
  readonly config: RoomConfig;
  readonly admins: readonly string[] | undefined;
  readonly owners: readonly string[] | undefined;
}

/** Undefined, with the field's name in `fault`, when a value cannot be. Throws `PayloadMalformed` for one of the wrong kind. */
export function readConfigForm(form: Form, present: RoomConfig): Submitted | { readonly fault: string } {
  let config = present;
  for (const { name, read } of SETTINGS) {
    if (!form.has(name)) continue;
    const change = read(form, name);
    if (!change) return { fault: name };
    config = { ...config, ...change };
  }
  const isPasswordWanted =
    form.has(`${NAME}passwordprotectedroom`) && form.flag(`${NAME}passwordprotectedroom`) === true;
  if (isPasswordWanted && config.password === undefined) return { fault: `${NAME}roomsecret` };
  const people = (name: string): string[] | undefined => form.jids(name)?.map(({ bare }) => bare);
  return { config, admins: people(ADMINS), owners: people(OWNERS) };
}
