import type { Accounts, Session } from '@interoffice/routing';
import type { Log } from '@interoffice/telemetry';
import { parseXml } from '@interoffice/wire';
import type { Interests } from '../interests.js';
import type { Audience } from './audience.js';
import { eventMessage, published } from './event.js';
import type { LastItem, Nodes } from './nodes.js';
import type { Profiles } from './profiles.js';

export interface LastItemsParts {
  readonly nodes: Nodes;
  readonly audience: Audience;
  readonly profiles: Profiles;
  readonly interests: Interests;
  readonly accounts: Pick<Accounts, 'load'>;
  readonly log: Log;
}

/** A device that comes online is sent what was published last in the nodes it wants to hear of. XEP-0163 §4.3.4 */
export class LastItems {
  constructor(private readonly parts: LastItemsParts) {}

  /** The device has become available. Whatever fails here costs it these items alone. */
  greet(session: Session): void {
    const { interests, log } = this.parts;
    interests.whenKnown(session, (wanted) => {
      if (wanted.size === 0 || !session.isOpen) return;
      this.#send(session, wanted).catch((error: unknown) =>
        log.error('pep.greeting.failed', { error: error as Error }),
      );
    });
  }

  async #send(session: Session, wanted: ReadonlySet<string>): Promise<void> {
    const { nodes, audience, profiles } = this.parts;
    const { account } = session;
    const owners = [account.bare, ...audience.contactsOf(account)];
    const found = await nodes.lastItems(owners, [...wanted]);
    // Oldest first, as they were published.
    for (const item of found.toReversed()) await this.#pass(item, session);
    for (const mirror of profiles.mirrors()) {
      if (!wanted.has(mirror.node) || profiles.defaultFor(mirror.node).sendLast !== 'on_sub_and_presence') continue;
      const item = await profiles.currentOf(account, mirror);
      const to = session.jid.toString();
      if (item) session.send(eventMessage(published(mirror.node, item), { from: account.bare, to }));
    }
  }

  async #pass(item: LastItem, session: Session): Promise<void> {
    const owner = await this.parts.accounts.load(item.owner);
    if (!owner || !this.parts.audience.hears(owner, item.config, session.account)) return;
    const address = { from: item.owner, to: session.jid.toString(), atMs: item.atMs };
    const shown = { id: item.id, payload: parseXml(item.payload) };
    session.send(eventMessage(published(item.node, shown), address));
  }
}
