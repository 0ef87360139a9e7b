import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WriteOut } from './write-out.js';

const MIB = Buffer.alloc(1024 * 1024);
let base: string;
beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'interoffice-base-'));
  await mkdir(path.join(base, '16390'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

const failures: Error[] = [];
const writeOut = (): WriteOut => new WriteOut({ base, onFailed: (error) => failures.push(error) });
const file = (name: string): string => path.join(base, '16390', name);

describe('what files have grown by', () => {
  it('goes to the disk with the next round, once', async () => {
    await writeFile(file('16400'), MIB);
    await writeFile(file('16401'), MIB);
    const out = writeOut();
    expect(await out.pass()).toEqual([]);
    await appendFile(file('16400'), MIB);
    expect(await out.pass()).toEqual([file('16400')]);
    expect(await out.pass()).toEqual([]);
  });

  it('is sent of the last segment, of new tables from their beginning, and not of what PostgreSQL keeps for itself', async () => {
    await writeFile(file('16400'), MIB);
    const out = writeOut();
    await out.pass();
    for (const name of ['16400.1', '16410', '2619', '16410_fsm', 't3_16411']) await writeFile(file(name), MIB);
    const sent: string[] = [];
    for (let i = 0; i < 10; i++) sent.push(...(await out.pass()));
    expect(sent.toSorted()).toEqual([file('16400.1'), file('16410')]);
  });

  it('waits until it is worth it', async () => {
    await writeFile(file('16400'), MIB);
    const out = writeOut();
    await out.pass();
    await appendFile(file('16400'), Buffer.alloc(32 * 1024));
    expect(await out.pass()).toEqual([]);
    await appendFile(file('16400'), Buffer.alloc(32 * 1024));
    expect(await out.pass()).toEqual([file('16400')]);
  });

  it('is said to have failed when the disk does not take it, which PostgreSQL would not hear of again', async () => {
    await writeFile(file('16400'), MIB);
    const seen: string[] = [];
    const datasync = (): Promise<void> => Promise.reject(new Error('EIO: i/o error, fdatasync'));
    const out = new WriteOut({ base, onFailed: ({ message }) => seen.push(message), datasync });
    await out.pass();
    await appendFile(file('16400'), MIB);
    expect(await out.pass()).toEqual([]);
    expect(seen).toEqual(['EIO: i/o error, fdatasync']);
  });

  it('is no matter when a table is dropped, or the folder is gone', async () => {
    await writeFile(file('16400'), MIB);
    const out = writeOut();
    await out.pass();
    await rm(file('16400'));
    expect(await out.pass()).toEqual([]);
    await rm(base, { recursive: true });
    for (let i = 0; i < 10; i++) expect(await out.pass()).toEqual([]);
    expect(failures).toEqual([]);
  });
});
