import { badRequest, type Element, errorReply, type Jid, jid, JidMalformed, NS, reply, xml } from '@interoffice/wire';
import type { BoundDevice } from '../bound-device.js';
import type { C2sStream } from '../c2s.js';
import type { StreamFeature } from '../negotiation.js';
import { randomText } from '../random-text.js';

const OFFER = xml('bind', { xmlns: NS.bind });

export type Bind = (stream: C2sStream, device: Jid) => Promise<BoundDevice>;

/** Resource binding. RFC 6120 §7 */
export function bind(bindDevice: Bind): StreamFeature {
  return {
    name: 'bind',
    needs: ['authenticated'],
    forbids: ['bound'],
    offer: () => OFFER,
    accepts: { namespace: NS.client, names: ['iq'] },
    take: (stream, iq) => {
      const wanted = iq.getChild('bind', NS.bind);
      if (iq.attrs['type'] !== 'set' || !wanted || !iq.attrs['id']) {
        return stream.sendElement(
          errorReply(iq, badRequest('A resource has to be bound before anything else is sent.')),
        );
      }
      const device = deviceFor(stream, wanted);
      if (!device) return stream.sendElement(errorReply(iq, badRequest('The resource is not a valid resourcepart.')));
      stream.during(
        bindDevice(stream, device).then((bound) => {
          stream.bound(bound);
          stream.sendElement(reply(iq, xml('bind', { xmlns: NS.bind }, xml('jid', {}, bound.jid.toString()))));
        }),
      );
    },
  };
}

/** RFC 6120 §7.6 and §7.7: the server's own resource when none was asked for. */
function deviceFor(stream: C2sStream, wanted: Element): Jid | undefined {
  const account = stream.authenticated!.account;
  const resource = wanted.getChildText('resource') || randomText();
  try {
    return jid(account.local, account.domain, resource);
  } catch (error) {
    if (error instanceof JidMalformed) return undefined;
    throw error;
  }
}
