import type { LinkProof } from '@interoffice/cluster';
import { loadTrust, PeerCertificates } from '@interoffice/pki';
import type { Clock } from '@interoffice/telemetry';

/**
 * The other end of a link is ours when an authority of the settings vouches for this name; `seen` is given what a good one has shown, DER. Public authorities do not:
 * whoever has a domain could come. Rejects when a file cannot be read.
 */
export async function linkProof(
  files: readonly string[],
  name: string,
  { clock, seen = () => undefined }: { readonly clock: Clock; readonly seen?: (sent: readonly Buffer[]) => void },
): Promise<LinkProof> {
  const certificates = new PeerCertificates({ authorities: await loadTrust(files), lists: [] });
  return (sent) => {
    const { fault } = certificates.judge(sent, { domain: name, now: clock.now() });
    if (!fault) seen(sent);
    return fault;
  };
}
