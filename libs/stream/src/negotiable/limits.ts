import { type Element, NS, xml } from '@interoffice/wire';
import type { Achieved, StreamFeature } from '../negotiation.js';

/** XEP-0478: how large a stanza may be and how long a silence. Before log-in the smaller limits hold. */
export function streamLimits(limits: {
  preAuthBytes: number;
  stanzaBytes: number;
  idleSeconds: number;
}): StreamFeature<{ readonly achieved: ReadonlySet<Achieved> }> {
  const of = (bytes: number): Element =>
    xml(
      'limits',
      { xmlns: NS.streamLimits },
      xml('max-bytes', {}, String(bytes)),
      xml('idle-seconds', {}, String(limits.idleSeconds)),
    );
  const [before, afterwards] = [of(limits.preAuthBytes), of(limits.stanzaBytes)];
  return {
    name: 'stream-limits',
    needs: [],
    forbids: [],
    offer: (stream) => (stream.achieved.has('authenticated') ? afterwards : before),
  };
}
