import { createHash } from 'node:crypto';
import { appendFile, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { signatureLine } from '@interoffice/archive';
import { generateKeyPairSync, sign as signWith } from 'node:crypto';

/** A way to damage an export, and what a verifier has to say. */
export interface Damage {
  readonly name: string;
  readonly damage: (folder: string) => Promise<void>;
}

type Json = Record<string, unknown>;
interface Manifest extends Json {
  files: { path: string; size: number; sha256: string }[];
  counts: { messages: number };
}

const at = (folder: string, name: string): string => path.join(folder, name);
const textOf = (folder: string, name: string): Promise<string> => readFile(at(folder, name), 'utf8');

async function changeText(folder: string, name: string, change: (text: string) => string): Promise<void> {
  const text = await textOf(folder, name);
  const changed = change(text);
  if (changed === text) throw new Error(`${name} was not damaged`);
  await writeFile(at(folder, name), changed);
}

/** Changes lines of `records.jsonl`. */
function records(change: (lines: Json[]) => Json[]): (folder: string) => Promise<void> {
  return (folder) =>
    changeText(folder, 'records.jsonl', (text) => {
      const lines = text.trimEnd().split('\n');
      return `${change(lines.map((line) => JSON.parse(line) as Json))
        .map((line) => JSON.stringify(line))
        .join('\n')}\n`;
    });
}

const record = (n: number, change: Json | ((line: Json) => Json)): ((folder: string) => Promise<void>) =>
  records((lines) =>
    lines.map((line, i) => (i === n ? { ...line, ...(typeof change === 'function' ? change(line) : change) } : line)),
  );

function flip(name: string, offset: number): (folder: string) => Promise<void> {
  return async (folder) => {
    const bytes = await readFile(at(folder, name));
    const place = offset < 0 ? bytes.length + offset : offset;
    bytes[place] = bytes[place]! ^ 1;
    await writeFile(at(folder, name), bytes);
  };
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await textOf(folder, 'manifest.json')) as Manifest;
}

async function writeManifest(folder: string, manifest: Json): Promise<void> {
  await writeFile(at(folder, 'manifest.json'), JSON.stringify(manifest, null, 2));
}

/** The manifest names the files as they are now: what somebody does who knows how exports are made. */
async function rehash(folder: string): Promise<void> {
  const manifest = await manifestOf(folder);
  for (const file of manifest.files) {
    const bytes = await readFile(at(folder, file.path)).catch(() => Buffer.alloc(0));
    file.size = bytes.length;
    file.sha256 = createHash('sha256').update(bytes).digest('hex');
  }
  await writeManifest(folder, manifest);
}

async function resign(folder: string, sign: (text: string) => Promise<string>): Promise<void> {
  const sum = createHash('sha256')
    .update(await readFile(at(folder, 'manifest.json')))
    .digest('base64');
  await writeFile(at(folder, 'manifest.note'), await sign(`interoffice/export/v1\n${sum}\n`));
}

/** Signs as the log, with a key that is not its own. */
function stranger(origin: string): (text: string) => Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return async (text) => {
    const line = signatureLine(
      { name: origin, publicKey, kind: 'signature' },
      signWith(null, Buffer.from(text), privateKey),
    );
    return `${text}\n${line}\n`;
  };
}

/**
 * What may happen to an export, by accident or by somebody who knows its form. Those named "signed" are made by who has the
 * key of the log as well: even then no row can say something else than what was sealed. Needs at least 10 records of which
 * the filter has left some out, and at least one file of messages. C-05
 */
export function damagesOf(origin: string, sign: (text: string) => Promise<string>): readonly Damage[] {
  const another = stranger(origin);
  const plain: Record<string, (folder: string) => Promise<void>> = {
    'a message file with one bit flipped': async (folder) => {
      const { files } = await manifestOf(folder);
      await flip(files.find((file) => file.path.startsWith('messages'))!.path, 20)(folder);
    },
    'a word changed in a record': record(3, { body: 'something else' }),
    'a record cut off in the middle': (folder) => changeText(folder, 'records.jsonl', (text) => text.slice(0, -40)),
    'a file that is missing': (folder) => rm(at(folder, 'exceptions.jsonl')),
    'a file that was put in': (folder) => writeFile(at(folder, 'messages-9999.txt'), 'x'),
    'a file that is empty now': (folder) => truncate(at(folder, 'records.jsonl'), 0),
    'a link in place of a file': async (folder) => {
      await rename(at(folder, 'custody.txt'), path.join(folder, '..', 'custody-elsewhere.txt'));
      await symlink(path.join(folder, '..', 'custody-elsewhere.txt'), at(folder, 'custody.txt'));
    },
    'no manifest': (folder) => rm(at(folder, 'manifest.json')),
    'no signature of the manifest': (folder) => rm(at(folder, 'manifest.note')),
    'a manifest that is no JSON': (folder) => changeText(folder, 'manifest.json', (text) => text.slice(1)),
    'another reason in the manifest': (folder) =>
      changeText(folder, 'manifest.json', (text) => text.replace(/"reason": ?"[^"]*"/, '"reason": "another"')),
    'a file changed and the manifest with it': async (folder) => {
      await appendFile(at(folder, 'custody.txt'), 'x');
      await rehash(folder);
    },
    'a manifest signed by somebody else': async (folder) => {
      await appendFile(at(folder, 'custody.txt'), 'x');
      await rehash(folder);
      await resign(folder, another);
    },
    'a checkpoint with another root': (folder) =>
      changeText(folder, 'checkpoint', (text) =>
        text.replace(
          /\n(.)([^\n]+)\n\n/,
          (_all, first: string, rest: string) => `\n${first === 'A' ? 'B' : 'A'}${rest}\n\n`,
        ),
      ),
    'a checkpoint with another size': (folder) =>
      changeText(folder, 'checkpoint', (text) =>
        text.replace(/\n(\d+)\n/, (_all, size: string) => `\n${Number(size) + 1}\n`),
      ),
    'a checkpoint without a signature': (folder) =>
      changeText(folder, 'checkpoint', (text) => `${text.split('\n\n')[0]}\n`),
    'a checkpoint and a manifest signed by somebody else, with his key in the history': async (folder) => {
      const text = (await textOf(folder, 'checkpoint')).split('\n\n')[0]!;
      await writeFile(at(folder, 'checkpoint'), await another(`${text}\n`));
      await rehash(folder);
      await resign(folder, another);
    },
    'a history of keys that is none': (folder) => writeFile(at(folder, 'keys.json'), '[]'),
  };
  const signed: Record<string, (folder: string) => Promise<void>> = {
    'a word changed in a record': record(3, { body: 'something else' }),
    'another author': record(4, { author: 'mallory@im.example' }),
    'another size': record(5, ({ size }) => ({ size: (size as number) + 1 })),
    'a moment one microsecond later': record(5, ({ at_us }) => ({ at_us: (at_us as number) + 1 })),
    'another salt': record(2, { salt: '0'.repeat(32) }),
    'another leaf': record(2, { leaf: '0'.repeat(64) }),
    'a verdict turned round': record(1, ({ verdict }) => ({ verdict: verdict === 0 ? 1 : 0 })),
    'a record taken away': records((lines) => lines.toSpliced(4, 1)),
    'the last record taken away': records((lines) => lines.slice(0, -1)),
    'a record twice': records((lines) => lines.toSpliced(4, 0, lines[4]!)),
    'two records changed places': records((lines) => lines.toSpliced(2, 2, lines[3]!, lines[2]!)),
    'two records with each other’s position': records((lines) =>
      lines.toSpliced(
        2,
        2,
        { ...lines[3]!, position: lines[2]!['position'] },
        { ...lines[2]!, position: lines[3]!['position'] },
      ),
    ),
    'a record with the id of another': record(2, { id: 'ffffffffffffffff'.replace(/^f/, '7') }),
    'a content that is said to be disposed of, with another leaf': record(6, () => ({
      stanza: undefined,
      leaf: '1'.repeat(64),
    })),
    'a proof that is too short': async (folder) => truncate(at(folder, 'proof.bin'), 0),
    'a proof that is too long': (folder) => appendFile(at(folder, 'proof.bin'), Buffer.alloc(32)),
    'a proof with one bit flipped': flip('proof.bin', 5),
    'fewer messages than it counts': async (folder) => {
      const manifest = await manifestOf(folder);
      await writeManifest(folder, {
        ...manifest,
        counts: { ...manifest.counts, messages: manifest.counts.messages + 1 },
      });
    },
    'a file that lies outside': async (folder) => {
      const manifest = await manifestOf(folder);
      await writeFile(path.join(folder, '..', 'outside.txt'), '');
      const outside = { path: '../outside.txt', size: 0, sha256: createHash('sha256').digest('hex') };
      await writeManifest(folder, { ...manifest, files: [...manifest.files, outside] });
    },
    'a line of a record that is no record': (folder) => appendFile(at(folder, 'records.jsonl'), '{"position": 1}\n'),
  };
  const made = Object.entries(signed).map(([name, damage]) => ({
    name: `signed: ${name}`,
    damage: async (folder: string) => {
      await damage(folder);
      await rehash(folder);
      await resign(folder, sign);
    },
  }));
  return [...Object.entries(plain).map(([name, damage]) => ({ name, damage })), ...made];
}
