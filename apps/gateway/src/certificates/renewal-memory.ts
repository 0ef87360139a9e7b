import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type RenewalFailures, writeFileAtomic } from '@interoffice/pki';

/** What failed since the certificate in use was put in place, and why the last time. */
export interface RememberedFailures extends RenewalFailures {
  readonly code: string;
  readonly text: string;
}

/**
 * Failures of renewing, in a file: a process that is started again and again must not ask an authority each time, which
 * would then answer nobody here for days.
 */
export class RenewalMemory {
  constructor(private readonly file: string) {}

  /** None where the file is missing or damaged: one attempt more does no harm. */
  async read(): Promise<RememberedFailures | undefined> {
    try {
      return parse(await readFile(this.file, 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** Rejects as the file system does. */
  async keep(failures: RememberedFailures): Promise<void> {
    await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
    await writeFileAtomic(this.file, `${JSON.stringify(failures)}\n`);
  }

  async forget(): Promise<void> {
    await rm(this.file, { force: true });
  }
}

function parse(json: string): RememberedFailures | undefined {
  const { count, lastAt, notBefore, code, text } = JSON.parse(json) as Partial<
    Record<keyof RememberedFailures, unknown>
  >;
  if (typeof count !== 'number' || typeof lastAt !== 'number') return undefined;
  if (typeof code !== 'string' || typeof text !== 'string') return undefined;
  return { count, lastAt, code, text, ...(typeof notBefore === 'number' && { notBefore }) };
}
