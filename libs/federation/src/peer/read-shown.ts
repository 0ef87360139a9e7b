import { certificateFacts } from '@interoffice/pki';
import type { ToldCertificate } from '../link/shapes.js';

/** What a peer has shown, DER, as far as it can be read: where dialback is enough, it may be anything. */
export function readShown(der: Buffer | undefined): ToldCertificate | undefined {
  try {
    return der && certificateFacts(der);
  } catch {
    return undefined;
  }
}
