import { type Element, NS, StreamError, xml } from '@interoffice/wire';
import type { StreamFeature } from '../negotiation.js';
import type { S2sInStream } from '../s2s-in.js';

const OFFER = xml('bidi', { xmlns: NS.bidiFeature });
const OLDER_OFFER = xml('bidi', { xmlns: NS.bidi });

/**
 * A caller wants to get what is for it over the stream that it has opened. XEP-0288 §2. Offered inside TLS only, to peers
 * whose certificate holds and that may do so; nothing is sent before they are authenticated.
 */
export function bidi(): StreamFeature<S2sInStream>[] {
  const terms = { needs: ['secure'], forbids: ['authenticated'] } as const;
  return [
    {
      name: 'bidi',
      ...terms,
      offer: (stream) => (stream.mayBeBidirectional ? OFFER : undefined),
      accepts: { namespace: NS.bidi, names: ['bidi'] },
      take: (stream) => {
        if (!stream.mayBeBidirectional)
          throw new StreamError('policy-violation', 'This stream was not offered for both directions.');
        stream.becomeBidirectional();
      },
    },
    // COMPAT(ejabberd, 24.12): knows the offer by the name of the wish alone.
    { name: 'bidi-older', ...terms, offer: (stream) => (stream.mayBeBidirectional ? OLDER_OFFER : undefined) },
  ];
}

/** The peer offers it, under either name. */
export function offersBidi(features: Element): boolean {
  return [NS.bidiFeature, NS.bidi].some((namespace) => features.getChild('bidi', namespace) !== undefined);
}
