import type { Command } from 'commander';
import { Failure } from '@interoffice/telemetry';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { print, printJson, printTable } from './terminal.js';

interface Stretch {
  readonly number: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly outcome: string;
  readonly accepted?: number;
  readonly recorded: number;
  readonly gaps: readonly { readonly stream: string; readonly accepted: number; readonly recorded: number }[];
  readonly acknowledgedBy?: string;
}

interface Options extends InstanceOptions {
  readonly json?: boolean;
  readonly acknowledge?: string;
  readonly reason?: string;
}

/** How many comparisons are shown. */
const SHOWN = 24;

/** `interoffice archive reconcile`: whether everything that was accepted is archived. */
export function addReconcile(archive: Command): void {
  withInstance(archive.command('reconcile'))
    .description('compare what was accepted with what is archived, now; exit 1 while a gap is not acknowledged')
    .option('--acknowledge <number>', 'somebody has looked at this gap')
    .option('--reason <text>', 'with --acknowledge: why it is there; kept in the audit log')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  interoffice archive reconcile\n  interoffice archive reconcile --acknowledge 17 --reason "restored from the backup of May 3"',
    )
    .action(reconcile);
}

async function reconcile({ acknowledge, reason, json, ...options }: Options): Promise<void> {
  if (acknowledge !== undefined) {
    if (reason === undefined) throw new Failure('REASON_MISSING', 'Say why the gap is there: --reason TEXT.');
    await ask(dataDirOf(options), 'archive.acknowledge', { number: acknowledge, reason });
    return print(`Gap ${acknowledge} is acknowledged.`);
  }
  const found = (await ask(dataDirOf(options), 'archive.reconcile', { limit: SHOWN })) as {
    items: Stretch[];
    openGaps: number;
  };
  if (json) printJson(found);
  else show(found.items);
  if (found.openGaps > 0)
    throw new Failure('ARCHIVE_GAP', `${found.openGaps} gaps that nobody has acknowledged: tell a compliance officer.`);
}

function show(items: readonly Stretch[]): void {
  if (items.length === 0) return print('Nothing was accepted since the start.');
  const rows = items.map(({ number, fromMs, toMs, outcome, accepted, recorded, acknowledgedBy }) => [
    number,
    new Date(fromMs).toISOString(),
    new Date(toMs).toISOString(),
    String(accepted ?? 'not counted'),
    String(recorded),
    acknowledgedBy === undefined ? outcome : `${outcome}, acknowledged by ${acknowledgedBy}`,
  ]);
  printTable(['NUMBER', 'FROM', 'TO', 'ACCEPTED', 'ARCHIVED', 'OUTCOME'], rows);
  for (const { number, gaps } of items)
    for (const { stream, accepted, recorded } of gaps)
      print(`${number}: ${stream}: ${accepted} accepted, ${recorded} archived`);
}
