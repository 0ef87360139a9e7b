// What the campaigns share that look for lost and doubled messages: waiting, the journal by message, verdict and evidence.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { provenance, root } from './machinery.mjs';

const LOOK_EVERY_MS = 50;
const SHOWN_OF_FAULTS = 40;
const WRITTEN_OF_FAULTS = 100;

/** Waits until something holds; else ends the campaign with what the server said last, or goes on if it need not hold. */
export function waiter(machinery, more = () => '') {
  return async (holds, withinMs, what, mustHold = true) => {
    const deadline = Date.now() + withinMs;
    while (!holds()) {
      if (Date.now() > deadline) {
        if (!mustHold) return;
        process.stderr.write(`${machinery.serverErrors.slice(-3000)}\n`);
        await machinery.stop();
        throw new Error(`In ${withinMs / 1000} s it did not come about that ${what}. ${more()}`.trim());
      }
      await wait(LOOK_EVERY_MS);
    }
  };
}

/** The rows of each message by its id, and the lists that the checker fills: with what is recorded twice to begin with. */
export function startChecking(rows) {
  const recorded = new Map();
  for (const { id, journal_id } of rows) recorded.set(id, [...(recorded.get(id) ?? []), journal_id]);
  const found = { lost: [], undelivered: [], double: [], unrecorded: [], disordered: [] };
  for (const [id, ids] of recorded) if (ids.length > 1) found.double.push(`${id} recorded ${ids.length} times`);
  return { recorded, found };
}

/** How many deliveries came each way. */
export function waysOf(receivers) {
  return receivers.flatMap(({ got }) => got).reduce((all, { how }) => ({ ...all, [how]: (all[how] ?? 0) + 1 }), {});
}

/** All sizes of the sets of that name. */
export function total(people, name) {
  return people.reduce((sum, one) => sum + one[name].size, 0);
}

/**
 * Prints figures and verdict, and writes docs/evidence/<page.name>.md if there is a page: { name, title, intro, seed }.
 * The process ends with 1 if anything was found.
 */
export function conclude({ figures, found, faults, since, page, seed }) {
  const rows = [
    ...figures,
    ...['lost', 'undelivered', 'double', 'unrecorded', 'disordered'].map((name) => [WORDS[name], found[name].length]),
    ['broken promises of the protocol', faults.length],
    ['seconds', Math.round((Date.now() - since) / 1000)],
  ];
  const table = ['| | |', '|---|---:|', ...rows.map(([name, n]) => `| ${name} | ${n.toLocaleString('en')} |`)].join(
    '\n',
  );
  process.stdout.write(`${table}\n`);
  const bad = [...Object.values(found).flat(), ...faults];
  for (const line of bad.slice(0, SHOWN_OF_FAULTS)) process.stdout.write(`${line}\n`);
  if (page) write(page, { table, bad, seed });
  process.exitCode = bad.length === 0 ? 0 : 1;
  const failed = seed === undefined ? 'FAILED' : `FAILED with seed ${seed}`;
  process.stdout.write(bad.length === 0 ? 'nothing lost, nothing double\n' : `${failed}\n`);
  setTimeout(() => process.exit(), 1000).unref();
}

const WORDS = {
  lost: '**lost** (acknowledged or reflected, not in the journal)',
  undelivered: '**lost on the way** (in the journal, not at a device)',
  double: '**double** (recorded or delivered twice)',
  unrecorded: '**delivered unrecorded**',
  disordered: '**out of order**',
};

function write({ name, title, intro }, { table, bad, seed }) {
  const text = `# ${title}

\`npm run campaign -- ${name}\`: ${provenance()}${seed === undefined ? '' : `, seed ${seed}`}.

${intro}

${table}

${bad.length === 0 ? 'Nothing was lost, doubled, delivered unrecorded or out of order.' : bad.slice(0, WRITTEN_OF_FAULTS).join('\n')}
`;
  writeFileSync(path.join(root, `docs/evidence/${name}.md`), text);
}
