import type { LinkProof } from '@interoffice/cluster';
import { loadTrust, PeerCertificates } from '@interoffice/pki';
import type { Clock } from '@interoffice/telemetry';

/**
 * The other end of a link is ours when an authority of the settings vouches for this name. Public authorities do not:
 * whoever has a domain could come. Rejects when a file cannot be read.
 */
export async function linkProof(files: readonly string[], name: string, clock: Clock): Promise<LinkProof> {
  const certificates = new PeerCertificates({ authorities: await loadTrust(files), lists: [] });
  return (sent) => certificates.judge(sent, { domain: name, now: clock.now() }).fault;
}
