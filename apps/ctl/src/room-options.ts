import { type Command, InvalidArgumentError, Option } from 'commander';

/** What can be said of a room by a flag, and its opposite by the same with `no-`. */
const FLAGS = [
  ['public', 'found by who looks for rooms'],
  ['members-only', 'only members may enter'],
  ['moderated', 'who comes in has to be given voice'],
  ['non-anonymous', "everybody sees everybody's address"],
  ['members-invite', 'members too may invite'],
  ['members-see-members', 'everybody may read who the members are'],
  ['participants-set-subject', 'everybody with voice may change the subject'],
  ['history-readable', 'who is there may read what was said before'],
] as const;

/** How a room is to be; what is not given is not said. */
export interface RoomOptions {
  readonly title?: string;
  readonly description?: string;
  readonly language?: string;
  readonly public?: boolean;
  readonly membersOnly?: boolean;
  readonly moderated?: boolean;
  readonly nonAnonymous?: boolean;
  readonly membersInvite?: boolean;
  readonly membersSeeMembers?: boolean;
  readonly participantsSetSubject?: boolean;
  readonly historyReadable?: boolean;
  readonly privateMessages?: string;
  readonly historyLength?: number;
  readonly slowMode?: number;
  readonly maxUsers?: number;
}

export function withRoomOptions(command: Command): Command {
  command
    .option('--title <title>', 'what the room is called')
    .option('--description <text>', 'what it is for')
    .option('--language <code>', 'language spoken there');
  for (const [flag, says] of FLAGS) {
    command.option(`--${flag}`, says).addOption(new Option(`--no-${flag}`).hideHelp());
  }
  return command
    .addOption(
      new Option('--private-messages <who>', 'who may write to one occupant by way of the room').choices([
        'anyone',
        'participants',
        'moderators',
        'none',
      ]),
    )
    .option('--history-length <n>', 'messages shown to who comes in', whole)
    .option('--slow-mode <seconds>', 'between two messages of one participant; 0: none', whole)
    .option('--max-users <n>', 'most people at once; 0: as many as the service allows', whole)
    .addHelpText('after', '\nEach flag has an opposite, such as --no-members-only.');
}

/** In the words of the API. */
export function settingsOf(options: RoomOptions): object {
  const { title, description, language, privateMessages, historyLength, slowMode, maxUsers } = options;
  const { membersOnly, moderated, nonAnonymous, membersInvite } = options;
  const { membersSeeMembers, participantsSetSubject, historyReadable } = options;
  return {
    title,
    description,
    language,
    public: options.public,
    membersOnly,
    moderated,
    nonAnonymous,
    membersInvite,
    membersSeeMembers,
    participantsSetSubject,
    historyReadable,
    privateMessages,
    historyLength,
    slowModeSeconds: slowMode,
    maxUsers,
  };
}

/** For options that may be given more than once. */
export function gathered(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('Not a whole number.');
  return value;
}
