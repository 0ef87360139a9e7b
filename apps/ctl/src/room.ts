import { type Command, Option } from 'commander';
import type { Room, RoomList, RoomPerson } from '@interoffice/contract';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { gathered, type RoomOptions, settingsOf, withRoomOptions } from './room-options.js';
import { printPeople, printRoom, printRooms } from './room-print.js';
import { print, printJson, readPassword } from './terminal.js';

interface Printed extends InstanceOptions {
  readonly json?: boolean;
}

type CreateOptions = Printed &
  RoomOptions & {
    readonly template?: string;
    readonly office?: string;
    readonly owner?: readonly string[];
    readonly member?: readonly string[];
  };

type SetOptions = Printed &
  RoomOptions & { readonly passwordStdin?: boolean; readonly password: boolean; readonly keep?: true };

interface MembersOptions extends Printed {
  readonly add?: readonly string[];
  readonly as: string;
  readonly remove?: readonly string[];
}

const MOST_LISTED = 10_000;

/** `interoffice room …`: who may enter which room, and how it is set up; never what is said there. */
export function addRoom(program: Command): void {
  const room = program.command('room').description('rooms');
  const command = (name: string, does: string): Command =>
    withInstance(room.command(name)).description(does).option('--json', 'print JSON');

  command('list', 'rooms, with how many belong to them and how many are there')
    .option('--text <text>', 'only those whose title or address contains this')
    .option('--office <office>', 'only those of this office')
    .addOption(new Option('--state <state>', 'only those').choices(['open', 'retired']))
    .addHelpText('after', '\nExample:\n  interoffice room list --text board')
    .action(list);

  withRoomOptions(command('create <room>', 'make a room'))
    .option('--template <name>', 'set it up as this kind of room; see rooms.templates in the settings')
    .option('--office <office>', 'the office it belongs to')
    .option('--owner <jid>', 'who owns it; may be given more than once', gathered)
    .option('--member <jid>', 'who belongs to it and finds it among their bookmarks; more than once', gathered)
    .addHelpText(
      'after',
      '\nExample:\n  interoffice room create board --title "The Board" --members-only --owner anna@corp.example',
    )
    .action(create);

  command('show <room>', 'how a room is set up')
    .addHelpText('after', '\nExample:\n  interoffice room show board')
    .action(async (name: string, options: Printed) => {
      show((await ask(dataDirOf(options), 'room.show', { room: name })) as Room, options);
    });

  withRoomOptions(command('set <room>', 'change how a room is set up'))
    .option('--password-stdin', 'ask this password of who enters; it is read from standard input')
    .option('--no-password', 'ask no password')
    .option('--keep', 'let a room stay that would end when everybody has left')
    .addHelpText('after', '\nExample:\n  interoffice room set board --title "Board of Directors" --no-public')
    .action(set);

  command('members <room>', 'who belongs to a room, and who is there')
    .option('--add <jid>', 'make this account a member, or what --as says; more than once', gathered)
    .addOption(
      new Option('--as <affiliation>', 'with --add').choices(['owner', 'admin', 'member', 'outcast']).default('member'),
    )
    .option('--remove <jid>', 'take this account off the list; more than once', gathered)
    .addHelpText('after', '\nExample:\n  interoffice room members board --add bob@corp.example --as admin')
    .action(members);

  command('retire <room>', 'end a room for good; what was said there stays in the archive')
    .requiredOption('--reason <text>', 'why: shown to everybody who is there or comes later')
    .option('--alternate <room>', 'the room people should go to instead')
    .addHelpText('after', '\nExample:\n  interoffice room retire project-x --reason "done" --alternate project-y')
    .action(async (name: string, options: Printed & { reason: string; alternate?: string }) => {
      const { reason, alternate } = options;
      const ended = (await ask(dataDirOf(options), 'room.retire', { room: name, reason, alternate })) as Room;
      if (options.json) return printJson(ended);
      print(`${ended.jid} is retired; what was said there stays in the archive.`);
    });
}

async function list(options: Printed & { text?: string; office?: string; state?: string }): Promise<void> {
  const { text, office, state } = options;
  const found = (await ask(dataDirOf(options), 'room.list', { text, office, state, limit: MOST_LISTED })) as RoomList;
  if (options.json) return printJson(found.items);
  printRooms(found.items);
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const { template, office, owner, member } = options;
  const room = { jid: name, template, office, owners: owner, members: member, ...settingsOf(options) };
  const made = (await ask(dataDirOf(options), 'room.create', { room })) as Room;
  if (options.json) return printJson(made);
  print(`${made.jid} is there, with ${made.members} people who belong to it.`);
}

async function set(name: string, options: SetOptions, command: Command): Promise<void> {
  const change = { ...settingsOf(options), password: await passwordOf(options), persistent: options.keep };
  if (Object.values(change).every((value) => value === undefined)) {
    command.error('error: say what to change; see --help', { exitCode: 2 });
  }
  show((await ask(dataDirOf(options), 'room.set', { room: name, change })) as Room, options);
}

/** Null: none is to be asked for. Undefined: nothing is said of it. */
async function passwordOf({ password, passwordStdin }: SetOptions): Promise<string | null | undefined> {
  if (!password) return null;
  return passwordStdin ? readPassword() : undefined;
}

async function members(name: string, options: MembersOptions): Promise<void> {
  const { add = [], remove = [], as } = options;
  const relate = [
    ...add.map((jid) => ({ jid, affiliation: as })),
    ...remove.map((jid) => ({ jid, affiliation: 'none' })),
  ];
  const people = (await ask(dataDirOf(options), 'room.members', { room: name, relate })) as RoomPerson[];
  if (options.json) return printJson(people);
  printPeople(people);
}

function show(room: Room, { json }: Printed): void {
  if (json) printJson(room);
  else printRoom(room);
}
