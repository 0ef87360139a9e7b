import { NS, xml } from '@interoffice/wire';
import type { StreamFeature } from '../negotiation.js';

/** STARTTLS on plain TCP. RFC 6120 §5. `required` says that nothing else is offered before it. */
export function starttls(options: { required: boolean }): StreamFeature {
  const offer = xml('starttls', { xmlns: NS.tls }, ...(options.required ? [xml('required')] : []));
  return {
    name: 'starttls',
    needs: [],
    forbids: ['secure', 'authenticated'],
    offer: (stream) => {
      if (stream.connection.kind !== 'tcp') return undefined;
      return offer;
    },
    accepts: { namespace: NS.tls, names: ['starttls'] },
    take: (stream) => {
      stream.sendElement(xml('proceed', { xmlns: NS.tls }));
      stream.startTls();
    },
  };
}
