import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '@interoffice/telemetry';
import { z } from 'zod';
import { parseCheckpoint } from './checkpoint.js';
import { ENTRY_BYTES, SOURCE_BYTE } from './log-files.js';
import { HASH_BYTES, leafHash, PartialTree } from './merkle.js';
import { openNote } from './note.js';
import { countWitnesses, type VerifyPolicy } from './policy.js';
import { ExportedRecord, leafOfRecord } from './record.js';
import { KeyHistory } from './seal-keys.js';
import { Trust } from './trust.js';

/** What an export was found to be. */
export interface VerifiedBundle {
  readonly records: number;
  /** Rows whose content was disposed of: their place in the log is proven. */
  readonly disposed: number;
  readonly files: number;
  readonly origin: string;
  /** Entries in the log that the proofs are about. */
  readonly size: number;
  readonly witnesses: number;
}

/** Of `manifest.json`, what is verified; it says more. */
const Manifest = z.object({
  format: z.literal('interoffice/export/v1'),
  counts: z.object({ messages: z.number().int().nonnegative() }),
  files: z.array(z.object({ path: z.string(), size: z.number().int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});
type Manifest = z.infer<typeof Manifest>;

const OWN_FILES = ['manifest.json', 'manifest.note'];
const NEEDED = ['records.jsonl', 'proof.bin', 'checkpoint', 'keys.json'];

/**
 * Verifies an export with nothing but its files and the policy: no database, no network. Rejects with BUNDLE_REFUSED and
 * the reason for anything that is not exactly what was exported. docs/compliance/bundle.md
 */
export async function verifyBundle(
  folder: string,
  policy: VerifyPolicy,
  progress: (at: { readonly done: number; readonly total: number }) => void = () => undefined,
): Promise<VerifiedBundle> {
  const manifestBytes = await readFile(path.join(folder, 'manifest.json')).catch(() =>
    refuse('manifest.json is missing.'),
  );
  const manifest = read(Manifest, manifestBytes.toString('utf8'), 'manifest.json');
  const { origin, size, root, witnesses, trust } = await checkpointIn(folder, policy);
  await checkManifestNote(folder, manifestBytes, (note) => trust.accepts(note, size));
  await checkFiles(folder, manifest);
  const { records, disposed } = await checkRecords(folder, { size, root, total: manifest.counts.messages, progress });
  if (records !== manifest.counts.messages)
    refuse(`The manifest counts ${manifest.counts.messages} messages, records.jsonl has ${records}.`);
  return { records, disposed, files: manifest.files.length, origin, size, witnesses };
}

async function checkpointIn(folder: string, policy: VerifyPolicy) {
  const keysText = await textOf(folder, 'keys.json');
  const trust = Trust.of(policy.keys, read(KeyHistory, keysText, 'keys.json').keys);
  const note = openNote(await textOf(folder, 'checkpoint')) ?? refuse('checkpoint is no signed note.');
  const { origin, size, root } = parseCheckpoint(note.text) ?? refuse('checkpoint does not say origin, size and root.');
  if (!trust.accepts(note, size))
    refuse(`The checkpoint of ${size} entries is not signed by a key of the policy that is valid for it.`);
  const witnesses = countWitnesses(note, policy);
  if (witnesses < policy.quorum)
    refuse(`${witnesses} witnesses have signed the checkpoint, the policy asks for ${policy.quorum}.`);
  return { origin, size, root, witnesses, trust };
}

async function checkManifestNote(
  folder: string,
  manifest: Buffer,
  isTrusted: (note: NonNullable<ReturnType<typeof openNote>>) => boolean,
): Promise<void> {
  const note = openNote(await textOf(folder, 'manifest.note')) ?? refuse('manifest.note is no signed note.');
  const sum = createHash('sha256').update(manifest).digest('base64');
  if (note.text !== `interoffice/export/v1\n${sum}\n`) refuse('manifest.json is not the one that was signed.');
  if (!isTrusted(note)) refuse('manifest.note is not signed by a key of the policy.');
}

async function checkFiles(folder: string, { files }: Manifest): Promise<void> {
  const named = new Map(files.map((file) => [file.path, file]));
  if (named.size !== files.length) refuse('The manifest names a file twice.');
  for (const needed of NEEDED) if (!named.has(needed)) refuse(`The manifest does not name ${needed}.`);
  const there = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of there) {
    const name = path.relative(folder, path.join(entry.parentPath, entry.name));
    if (entry.isDirectory() || OWN_FILES.includes(name)) continue;
    if (!entry.isFile()) refuse(`${name} is no file.`);
    if (!named.has(name)) refuse(`${name} is not in the manifest: it was not exported.`);
  }
  for (const { path: name, size, sha256 } of files) {
    if (path.isAbsolute(name) || name.split('/').includes('..')) refuse(`${name} lies outside of the export.`);
    const found = await stat(path.join(folder, name)).catch(() => refuse(`${name} is missing.`));
    if (found.size !== size) refuse(`${name} has ${found.size} bytes, the manifest says ${size}.`);
    if ((await sumOf(path.join(folder, name))) !== sha256) refuse(`${name} was changed: its SHA-256 is another.`);
  }
}

async function sumOf(file: string): Promise<string> {
  const sum = createHash('sha256');
  for await (const chunk of fs.createReadStream(file)) sum.update(chunk as Buffer);
  return sum.digest('hex');
}

interface RecordsRule {
  readonly size: number;
  readonly root: Buffer;
  readonly total: number;
  readonly progress: (at: { readonly done: number; readonly total: number }) => void;
}

/** Every record against its leaf, and all leaves, with the hashes beside them, against the root that was signed. */
async function checkRecords(folder: string, { size, root, total, progress }: RecordsRule) {
  const proof = await readFile(path.join(folder, 'proof.bin'));
  const tree = new PartialTree(size, hashesIn(proof));
  let [records, disposed] = [0, 0];
  for await (const line of linesOf(path.join(folder, 'records.jsonl'))) {
    const record = read(ExportedRecord, line, `Line ${records + 1} of records.jsonl`);
    const leaf = leafOfRecord(record);
    if (leaf === undefined) disposed++;
    else if (leaf.toString('hex') !== record.leaf)
      refuse(`Record ${record.id} (leaf ${record.position}) is not what was sealed.`);
    if (!tree.add(record.position, leafHash(entryOfRecord(record))))
      refuse(`Record ${record.id} is not in the order of the log, or outside of it.`);
    records++;
    if (records % 1_000 === 0) progress({ done: records, total });
  }
  const found = tree.end() ?? refuse('proof.bin has too few or too many hashes.');
  if (!found.equals(root))
    refuse(
      'The records and proof.bin do not give the root of the checkpoint: a record was changed, added or left out.',
    );
  progress({ done: records, total });
  return { records, disposed };
}

/** Line feeds alone end a line: JSON may hold every other kind of line end as it is. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of fs.createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function entryOfRecord({ id, leaf }: ExportedRecord): Buffer {
  const entry = Buffer.from(`0${SOURCE_BYTE.journal}${id}${leaf}`, 'hex');
  if (entry.length !== ENTRY_BYTES) refuse(`Record ${id} is malformed.`);
  return entry;
}

function* hashesIn(proof: Buffer): Generator<Buffer> {
  for (let at = 0; at + HASH_BYTES <= proof.length; at += HASH_BYTES) yield proof.subarray(at, at + HASH_BYTES);
  if (proof.length % HASH_BYTES !== 0) refuse('proof.bin ends in the middle of a hash.');
}

function read<T>(shape: z.ZodType<T>, text: string, name: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(`${name} is no JSON.`);
  }
  const checked = shape.safeParse(value);
  if (checked.success) return checked.data;
  const { path: where = [], message = 'is malformed' } = checked.error.issues[0] ?? {};
  return refuse(`${name}: ${where.join('.')} ${message}`);
}

function textOf(folder: string, name: string): Promise<string> {
  return readFile(path.join(folder, name), 'utf8').catch(() => refuse(`${name} is missing.`));
}

function refuse(why: string): never {
  throw new Failure('BUNDLE_REFUSED', why);
}
