import type { Settings } from '@interoffice/config';
import type { CertificateUpkeep } from '@interoffice/gateway';
import { type KeyPair, loadKeyPair } from '@interoffice/pki';
import { type Clock, describeError, type Log } from '@interoffice/telemetry';

/**
 * The pair that the server begins with. What the settings name has to be good, unless somebody renews it; what `interoffice
 * cert` has put in place is used while it is good; else the own authority's, so that people can log in and put it right.
 */
export async function firstPair(
  { own, renewal }: CertificateUpkeep,
  {
    settings,
    provisional,
    clock,
    log,
  }: { readonly settings: Settings; readonly provisional: KeyPair; readonly clock: Clock; readonly log: Log },
): Promise<KeyPair> {
  const files = await own.files();
  if (files.certificate === provisional.files.certificate) return provisional;
  try {
    return await loadKeyPair(files, clock);
  } catch (error) {
    if (settings.certificate && !renewal) throw error;
    log.warn('appliance.certificate.refused', { file: files.certificate, reason: describeError(error) });
    return provisional;
  }
}
