import type { SyncedDirectories } from '@interoffice/api';
import type { Directory } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import type { Operations } from './control.js';
import { read } from './input.js';
import { type OperationParts, OPERATOR } from './operation-parts.js';

type Input = Readonly<Record<string, unknown>>;

/** How often the state of a sync that runs is looked at. */
const LOOK_EVERY_MS = 200;

/** What `interoffice directory …` asks: as in the console, with the same lines in the audit log. */
export function directoryOperations({ directories, audit }: Pick<OperationParts, 'directories' | 'audit'>): Operations {
  const known = (input: Input): Promise<Directory> => knownOf(directories, read.text(input, 'name'));
  const note = (action: string, subject: string, details: Record<string, unknown>): Promise<void> =>
    audit.record({ ...OPERATOR, action, subject, details });
  return {
    'directory.list': async () => directories.list(),
    'directory.show': known,
    'directory.preview': async (input) => directories.preview((await known(input)).name),
    'directory.examine': async (input) =>
      directories.examine((await known(input)).name, read.optionalText(input, 'login')),
    'directory.sync': async (input, report) => {
      const { name } = await known(input);
      const kind = input['everybody'] === true ? 'full' : 'changes';
      const before = Date.now();
      await note('directory.sync', name, { kind });
      await directories.sync(name, kind);
      for (;;) {
        const { syncs, progress } = await knownOf(directories, name);
        const run = syncs.find(({ kind: what, startedAt }) => what !== 'online' && Date.parse(startedAt) >= before - 1);
        if (run?.endedAt !== undefined) return run;
        if (progress) report({ done: progress.done, total: Math.max(progress.expected, progress.done) });
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    },
    'directory.decide': async (input) => {
      const { name, held } = await known(input);
      const what = read.text(input, 'decision') === 'apply' ? 'apply' : 'reject';
      if (!held) throw new Failure('NO_SUCH_SYNC', `No sync of ${name} waits for a decision.`);
      await note(`directory.held.${what}`, name, { id: held.id, people: held.refused.count });
      await directories.decide(name, held.id, { what, by: OPERATOR.actor });
      return { people: held.refused.count, decision: what };
    },
  };
}

async function knownOf(directories: SyncedDirectories, name: string): Promise<Directory> {
  const found = await directories.find(name);
  if (found) return found;
  const names = (await directories.list()).map((directory) => directory.name).join(', ') || 'none';
  throw new Failure('NO_SUCH_DIRECTORY', `There is no directory ${name} in the settings; there are: ${names}.`);
}
