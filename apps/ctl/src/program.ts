import { Command, CommanderError } from 'commander';
import { describeError, Failure } from '@interoffice/telemetry';
import { addArchive } from './archive.js';
import { addCert } from './cert.js';
import { addCheck } from './check.js';
import { addDirectory } from './directory.js';
import { addExplain } from './explain.js';
import { addGateway } from './gateway.js';
import { addMigrate } from './migrate.js';
import { addPeer } from './peer.js';
import { addPolicy } from './policy.js';
import { addRoom } from './room.js';
import { addStatus } from './status.js';
import { addUp } from './up.js';
import { addUser } from './user.js';

/** Does what a command line asks and returns its exit code; what there is to say goes to stdout and stderr. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await commands().parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeFor(error);
  }
}

/**
 * A command loads what it runs when it runs it: a gateway at the edge of the network holds no code of databases and
 * directories, and has a heap a third as large to go through.
 */
function commands(): Command {
  const program = new Command('interoffice')
    .description(
      'Enterprise messaging appliance: XMPP server, directory log-in, compliance archive, console and web chat.',
    )
    .exitOverride()
    .configureHelp({ sortSubcommands: false })
    .addHelpText(
      'after',
      `
Examples:
  interoffice up --demo                       run the demo on loopback addresses
  interoffice user add anna@corp.example --password-stdin < secret
  interoffice room create board --title "The Board" --members-only --owner anna@corp.example
  interoffice archive search --as officer@corp.example --text invoice --reason "case 7" < password
  interoffice explain anna@corp.example bob@corp.example

Exit codes: 0 done, 1 refused or failed (one line on stderr says why), 2 wrong usage.`,
    );

  for (const add of [
    addUp,
    addUser,
    addDirectory,
    addRoom,
    addPeer,
    addPolicy,
    addCert,
    addArchive,
    addExplain,
    addCheck,
    addStatus,
    addMigrate,
    addGateway,
  ])
    add(program);
  inherit(program);
  return program;
}

/** Options and commands inherit how errors leave: through `exitOverride`, to one place. */
function inherit(command: Command): void {
  command.exitOverride();
  command.commands.forEach(inherit);
}

function exitCodeFor(error: unknown): number {
  // Commander has printed its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  process.stderr.write(
    `interoffice: ${error instanceof Failure ? `${error.message} [${error.code}]` : describeError(error)}\n`,
  );
  return 1;
}
