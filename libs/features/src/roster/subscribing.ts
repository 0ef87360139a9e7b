import { type Feature, type Passage, type Take } from '@interoffice/routing';
import { NS, xml } from '@interoffice/wire';
import type { Subscriptions, SubscriptionType } from './subscriptions.js';

const OFFER = xml('sub', { xmlns: NS.subscriptionPreApproval });

/** Requests to see each other's presence, and the answers to them. RFC 6121 §3 */
export function subscribing(subscriptions: Subscriptions): Feature {
  const take = (p: Passage): Promise<void> => {
    const { target, session } = p;
    if (session.border) return receive(p, subscriptions);
    // Known by the slots below: the type is one of the four.
    return subscriptions.send(session.account, p.type as SubscriptionType, target.jid, p.tree());
  };
  const type = ['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'] as const;
  const takes: Take[] = [
    { type, to: 'account', take },
    { type, to: 'device', take },
    { type, to: 'nobody', take },
    { type, to: 'elsewhere', take },
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

/** From another server; at an address that is nobody's it goes unanswered, as any request may. A-05 */
async function receive(p: Passage, subscriptions: Subscriptions): Promise<void> {
  const { account } = p.target;
  if (account) await subscriptions.receive(p.session.account, p.type as SubscriptionType, account, p.tree());
}
