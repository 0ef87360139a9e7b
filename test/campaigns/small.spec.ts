import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = import.meta.dirname;
const firstLine = (file: string): string => readFileSync(path.join(folder, file), 'utf8').split('\n', 1)[0]!.slice(3);
const campaigns = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && !firstLine(file).startsWith('For campaigns:'))
  .map((file) => [path.basename(file, '.mjs'), firstLine(file)] as const);

/** Runs it with `--small`; what it printed, and how it ended. */
async function small(name: string): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [path.join(folder, `${name}.mjs`), '--small'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, text };
}

describe('campaigns at small size', () => {
  it.each(campaigns)('%s: %s', async (name) => {
    const { code, text } = await small(name);
    process.stdout.write(`${name}:\n${text}\n`);
    expect(code, text.slice(-2000)).toBe(0);
  });
});
