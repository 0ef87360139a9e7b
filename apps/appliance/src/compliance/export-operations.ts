import { setTimeout as delay } from 'node:timers/promises';
import { EXPORT_FORMATS, type ExportFilter, type ExportFormat, type ExportJob } from '@interoffice/archive';
import { Failure } from '@interoffice/telemetry';
import { tryJid } from '@interoffice/wire';
import type { Operations, Progress } from '../control.js';
import { read } from '../input.js';
import type { OperationParts } from '../operation-parts.js';
import { type Officer, officerOf } from './officer.js';

type Input = Readonly<Record<string, unknown>>;
type Parts = Pick<OperationParts, 'people' | 'exports' | 'audit'>;

const LOOK_EVERY_MS = 300;
const LISTED = 100;

/** `interoffice archive export …`: each is on record before anything happens. */
export function exportOperations(parts: Parts): Operations {
  return {
    'archive.export': (input, report) => start(parts, input, report),
    'archive.export.take': (input, report) => take(parts, input, report),
    'archive.export.cancel': (input) => cancel(parts, input),
    'archive.export.list': (input) => list(parts, input),
  };
}

async function start(parts: Parts, input: Input, report: (progress: Progress) => void): Promise<unknown> {
  const officer = await officerOf(parts, input, 'exports:write');
  const filter = filterOf(read.object(input, 'filters'));
  const format = formatOf(read.text(input, 'format'));
  const splitBytes = read.whole(input, 'splitBytes');
  await note(parts, officer, { action: 'archive.export', subject: 'archive', details: { filter, format, splitBytes } });
  const { actor: requestedBy, role, scope, reason, address } = officer;
  const made = await parts.exports.start({ format, filter, splitBytes, requestedBy, role, scope, reason, address });
  return handOver(parts, officer, await followed(parts, made.id, report));
}

/** One that was started before; what failed or was cancelled goes on. */
async function take(parts: Parts, input: Input, report: (progress: Progress) => void): Promise<unknown> {
  const officer = await officerOf(parts, input, 'exports:write');
  const { id } = await found(parts, input, officer);
  await note(parts, officer, { action: 'archive.export.resume', subject: `export ${id}`, details: {} });
  await parts.exports.resume(id);
  return handOver(parts, officer, await followed(parts, id, report));
}

async function cancel(parts: Parts, input: Input): Promise<unknown> {
  const officer = await officerOf(parts, input, 'exports:write');
  const { id } = await found(parts, input, officer);
  await note(parts, officer, { action: 'archive.export.cancel', subject: `export ${id}`, details: {} });
  return { id, wasOpen: await parts.exports.cancel(id) };
}

async function list(parts: Parts, input: Input): Promise<unknown> {
  const officer = await officerOf(parts, input, 'exports:read');
  await note(parts, officer, { action: 'archive.export.list', subject: 'exports', details: {} });
  const made = await parts.exports.list(officer.scope, { limit: LISTED });
  return made.map(({ createdAtMs, ...job }) => ({
    ...job,
    createdAt: new Date(createdAtMs).toISOString(),
  }));
}

async function found({ exports }: Parts, input: Input, { scope }: Officer): Promise<ExportJob> {
  const id = read.text(input, 'job');
  const job = await exports.find(id, scope);
  if (!job) throw new Failure('EXPORT_UNKNOWN', `There is no export ${id}, or it is of other offices.`);
  return job;
}

/** Reports how far it is until it is over. */
async function followed({ exports }: Parts, id: string, report: (progress: Progress) => void): Promise<ExportJob> {
  for (;;) {
    const job = (await exports.find(id, '*'))!;
    if (job.total !== undefined) report({ done: job.done, total: job.total });
    if (job.state !== 'waiting' && job.state !== 'running') return job;
    await delay(LOOK_EVERY_MS);
  }
}

/** Where its files are, once it is on record that they are taken. */
async function handOver(parts: Parts, officer: Officer, job: ExportJob): Promise<unknown> {
  const { id, state, problem, result } = job;
  if (state === 'cancelled')
    throw new Failure('EXPORT_CANCELLED', `Export ${id} was cancelled; --job ${id} lets it go on.`);
  if (state === 'failed')
    throw new Failure(
      problem?.code ?? 'JOB_FAILED',
      `Export ${id} failed: ${problem?.text} --job ${id} lets it go on.`,
    );
  await note(parts, officer, { action: 'archive.export.download', subject: `export ${id}`, details: { file: '*' } });
  return { ...result, id, folder: parts.exports.pathOf(id), files: parts.exports.files(job) };
}

function note(
  { audit }: Parts,
  { actor, role, reason, address }: Officer,
  { details, ...deed }: { action: string; subject: string; details: object },
): Promise<void> {
  return audit.record({ ...deed, actor, role, reason, address, details: { ...details, over: 'ctl' } });
}

function filterOf(filters: Input): ExportFilter {
  return {
    text: read.optionalText(filters, 'text'),
    participant: partyOf(filters, 'participant'),
    from: partyOf(filters, 'from'),
    to: partyOf(filters, 'to'),
    room: partyOf(filters, 'room'),
    peer: read.optionalText(filters, 'peer'),
    since: read.optionalTime(filters, 'since'),
    until: read.optionalTime(filters, 'until'),
  };
}

/** Addresses as the journal keeps them; what has no @ may be a name. */
function partyOf(filters: Input, name: string): string | undefined {
  const text = read.optionalText(filters, name);
  return text?.includes('@') === true ? (tryJid(text)?.bare ?? text) : text;
}

function formatOf(text: string): ExportFormat {
  const format = EXPORT_FORMATS.find((one) => one === text);
  if (!format)
    throw new Failure(
      'EXPORT_FORMAT_UNKNOWN',
      `There is no form ${text} of an export; there are ${EXPORT_FORMATS.join(', ')}.`,
    );
  return format;
}
