import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from '@interoffice/pki';

/** A folder that a server of the lab has for itself, readable by nobody else: some refuse a key that others can read. */
export class OwnFolder {
  constructor(
    readonly path: string,
    subfolders: readonly string[],
  ) {
    for (const name of subfolders) mkdirSync(join(path, name), { recursive: true });
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text, { mode: 0o600 });
  }

  /** `ca.pem`, `key.pem` and `certificate.pem` for 127.0.0.1, or for other names. */
  async certify(authority: Authority, names: readonly string[] = ['localhost', '127.0.0.1']): Promise<void> {
    const pair = await authority.issue({ names, nowMs: Date.now(), days: 30 });
    this.write('ca.pem', authority.certificate);
    this.write('key.pem', pair.key);
    this.write('certificate.pem', pair.certificate);
  }
}
