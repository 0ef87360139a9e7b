import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { Failure } from '@interoffice/telemetry';
import { readPassword } from './terminal.js';

const MOST_BYTES = 1_048_576;

/** A file that somebody names, 1 MiB at most; `-` is standard input. Rejects with FILE_UNREADABLE or FILE_TOO_LARGE. */
export async function readGiven(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const input = path === '-' ? process.stdin : createReadStream(path);
    for await (const chunk of input as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MOST_BYTES) throw new Failure('FILE_TOO_LARGE', `${path} is larger than 1 MiB: it is no certificate.`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure('FILE_UNREADABLE', `${path} cannot be read.`, { cause });
  }
  return Buffer.concat(chunks);
}

/** A pass phrase: the first line of a file, or of standard input where the file is `-`; never an argument. */
export async function readPassphrase(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  if (path === '-') return readPassword();
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new Failure('FILE_UNREADABLE', `${path} cannot be read.`, { cause });
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '') throw new Failure('NO_PASSWORD', `${path} begins with an empty line.`);
  return line;
}

/**
 * Writes a new file, or prints to standard output where none is named. `mode` 0600 for what holds a key. A file that is
 * there is replaced whole, or not at all.
 */
export async function writeOut(content: string | Buffer, path: string | undefined, mode = 0o644): Promise<void> {
  if (path === undefined) {
    process.stdout.write(content);
    return;
  }
  const temporary = `${path}.new`;
  try {
    const file = await open(temporary, 'wx', mode);
    await file.writeFile(content);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new Failure('FILE_UNWRITABLE', `${path} cannot be written.`, { cause });
  }
}
