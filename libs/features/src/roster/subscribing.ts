import { type Feature, type Passage, type Take } from '@interoffice/routing';
import { NS, xml } from '@interoffice/wire';
import type { Subscriptions, SubscriptionType } from './subscriptions.js';

const OFFER = xml('sub', { xmlns: NS.subscriptionPreApproval });

/** Requests to see each other's presence, and the answers to them. RFC 6121 §3 */
export function subscribing(subscriptions: Subscriptions): Feature {
  const take = (p: Passage): Promise<void> => {
    const { target, session } = p;
    // Known by the slots below: the type is one of the four.
    return subscriptions.send(session.account, p.type as SubscriptionType, target.jid, p.tree());
  };
  const type = ['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'] as const;
  const takes: Take[] = [
    { type, to: 'account', take },
    { type, to: 'device', take },
    { type, to: 'nobody', take },
  ];
  return {
    name: 'subscriptions',
    implements: [{ rfc: 6121, section: '3' }],
    negotiates: [
      {
        name: 'pre-approval',
        needs: ['authenticated'],
        forbids: ['bound'],
        offer: () => OFFER,
      },
    ],
    takes,
    watches: { available: (session) => subscriptions.deliverPending(session) },
  };
}
