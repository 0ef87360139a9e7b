import { unwatchFile, watchFile } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { loadRevocationLists, loadTrust, type PeerTrust } from '@interoffice/pki';
import { describeError, type Log } from '@interoffice/telemetry';

export interface WatchedTrustParts {
  /** PEM files of authorities, and files of certificates that were revoked. */
  readonly authorityFiles: readonly string[];
  readonly listFiles: readonly string[];
  /** PEM of the company's own authorities. */
  readonly own: readonly string[];
  readonly log: Log;
  /** Files have changed, and what they hold now is good. */
  readonly changed: (trust: PeerTrust) => void;
}

/** By asking, not by events of the file system: these do not cross every kind of mount. */
const LOOK_EVERY_MS = 2_000;

/**
 * Whom we believe, from files that administrators and their programs replace while we run: a list of revoked certificates
 * lives for days. What cannot be read, or was not signed by an authority of ours, is refused with an event and what was
 * there before is kept.
 */
export class WatchedTrust {
  private constructor(
    private readonly parts: WatchedTrustParts,
    readonly first: PeerTrust,
  ) {}

  /** Rejects as `loadTrust` and `loadRevocationLists` do. */
  static async open(parts: WatchedTrustParts): Promise<WatchedTrust> {
    return new WatchedTrust(parts, await read(parts));
  }

  start(): void {
    for (const file of this.#files) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, this.#changed);
  }

  stop(): void {
    for (const file of this.#files) unwatchFile(file, this.#changed);
  }

  /** Looks at the files now; false when what is there was refused. */
  async reload(): Promise<boolean> {
    try {
      this.parts.changed(await read(this.parts));
      this.parts.log.info('gateway.trust.replaced');
      return true;
    } catch (error) {
      this.parts.log.warn('gateway.trust.refused', { reason: describeError(error) });
      return false;
    }
  }

  get #files(): readonly string[] {
    return [...this.parts.authorityFiles, ...this.parts.listFiles];
  }

  readonly #changed = (): void => void this.reload();
}

async function read({ authorityFiles, listFiles, own }: WatchedTrustParts): Promise<PeerTrust> {
  const ours = [...(await loadTrust(authorityFiles)), ...own];
  return { authorities: [...ours, ...rootCertificates], lists: await loadRevocationLists(listFiles, ours) };
}
