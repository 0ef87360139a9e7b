import { type Feature, set } from '@interoffice/routing';
import { NS, xml } from '@interoffice/wire';

const OFFER = xml('session', { xmlns: NS.session }, xml('optional'));

/** The session request of RFC 3921 §3, which older clients still send: it does nothing and is always granted. */
export function session(): Feature {
  return {
    name: 'session',
    implements: [{ rfc: 6121, section: '1.4' }],
    negotiates: [
      {
        name: 'session',
        needs: ['authenticated'],
        forbids: ['bound'],
        offer: () => OFFER,
      },
    ],
    answers: [
      set('account', NS.session, 'session', () => undefined),
      set('server', NS.session, 'session', () => undefined),
    ],
  };
}
