import { NS, xml } from '@interoffice/wire';
import type { StreamFeature } from '../negotiation.js';

/** XEP-0478: how large a stanza may be and how long a silence. Before log-in the smaller limits hold. */
export function streamLimits(limits: {
  preAuthBytes: number;
  stanzaBytes: number;
  idleSeconds: number;
}): StreamFeature {
  return {
    name: 'stream-limits',
    needs: [],
    forbids: [],
    offer: (stream) => {
      const bytes = stream.achieved.has('authenticated') ? limits.stanzaBytes : limits.preAuthBytes;
      return xml(
        'limits',
        { xmlns: NS.streamLimits },
        xml('max-bytes', {}, String(bytes)),
        xml('idle-seconds', {}, String(limits.idleSeconds)),
      );
    },
  };
}
