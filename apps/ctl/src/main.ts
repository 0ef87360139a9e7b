import { Command, CommanderError } from 'commander';
import { describeError, Failure } from '@interoffice/telemetry';
import { addArchive } from './archive.js';
import { addCheck } from './check.js';
import { addExplain } from './explain.js';
import { addMigrate } from './migrate.js';
import { addStatus } from './status.js';
import { addUp } from './up.js';
import { addUser } from './user.js';

// `interoffice … | head` closes the pipe early: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

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
  interoffice archive search --as officer@corp.example --text invoice --reason "case 7" < password
  interoffice explain anna@corp.example bob@corp.example

Exit codes: 0 done, 1 refused or failed (one line on stderr says why), 2 wrong usage.`,
  );

for (const add of [addUp, addUser, addArchive, addExplain, addCheck, addStatus, addMigrate]) add(program);

/** Options and commands inherit how errors leave: through `exitOverride`, to one place. */
function inherit(command: Command): void {
  command.exitOverride();
  command.commands.forEach(inherit);
}
inherit(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeFor(error);
}

function exitCodeFor(error: unknown): number {
  // Commander has printed its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  process.stderr.write(
    `interoffice: ${error instanceof Failure ? `${error.message} [${error.code}]` : describeError(error)}\n`,
  );
  return 1;
}
