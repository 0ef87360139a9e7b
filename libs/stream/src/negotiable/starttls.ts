import type { Connection } from '@interoffice/transport';
import { type Element, NS, xml } from '@interoffice/wire';
import type { StreamFeature } from '../negotiation.js';

/** What STARTTLS asks of a stream, a client's or a server's. */
export interface Securable {
  readonly connection: Pick<Connection, 'kind'>;
  sendElement(element: Element): void;
  startTls(): void;
}

/** STARTTLS on plain TCP. RFC 6120 §5. `required` says that nothing else is offered before it. */
export function starttls(options: { required: boolean }): StreamFeature<Securable> {
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
