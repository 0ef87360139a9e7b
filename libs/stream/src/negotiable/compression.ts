import { NS, xml } from '@interoffice/wire';
import type { StreamFeature } from '../negotiation.js';

/**
 * Stream compression is never offered and always refused (XEP-0138 §3): a few bytes could become megabytes, and lengths
 * would tell what else is in the stream.
 */
export function noCompression(): StreamFeature {
  return {
    name: 'no-compression',
    needs: [],
    forbids: [],
    offer: () => undefined,
    accepts: { namespace: NS.compress, names: ['compress'] },
    take: (stream) => stream.sendElement(xml('failure', { xmlns: NS.compress }, xml('unsupported-method'))),
  };
}
