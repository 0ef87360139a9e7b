import { unwatchFile, watchFile } from 'node:fs';
import { type KeyPairFiles, loadKeyPair } from '@interoffice/pki';
import { type Clock, describeError, type Log } from '@interoffice/telemetry';
import type { TlsContext } from '@interoffice/transport';

export interface CertificateReloadParts {
  readonly files: KeyPairFiles;
  readonly tls: TlsContext;
  readonly clock: Clock;
  readonly log: Log;
  /** The context holds a new pair: tell who has a copy of it. */
  readonly replaced: () => void;
}

/** By asking, not by events of the file system: these do not cross every kind of mount. */
const LOOK_EVERY_MS = 2000;

/**
 * Takes a new server certificate into use when its file changes: handshakes from then on see it, streams that are up stay.
 * A pair that does not fit, or is half written, is refused with an event and the old one kept; the next change is looked at
 * again.
 */
export class CertificateReload {
  constructor(private readonly parts: CertificateReloadParts) {}

  start(): void {
    watchFile(this.parts.files.certificate, { interval: LOOK_EVERY_MS, persistent: false }, this.#changed);
    watchFile(this.parts.files.key, { interval: LOOK_EVERY_MS, persistent: false }, this.#changed);
  }

  stop(): void {
    unwatchFile(this.parts.files.certificate, this.#changed);
    unwatchFile(this.parts.files.key, this.#changed);
  }

  /** Looks at the files now; false when the pair there was refused. */
  async reload(): Promise<boolean> {
    const { files, tls, clock, log, replaced } = this.parts;
    try {
      const pair = await loadKeyPair(files, clock);
      if (pair.certificate === tls.pair.certificate && pair.key === tls.pair.key) return true;
      tls.replace(pair);
      replaced();
      log.info('appliance.certificate.replaced', { file: files.certificate });
      return true;
    } catch (error) {
      log.warn('appliance.certificate.refused', { file: files.certificate, reason: describeError(error) });
      return false;
    }
  }

  readonly #changed = (): void => void this.reload();
}
