import { type Account, type Accounts, areOnSpeakingTerms, rosterOf, type Session } from '@interoffice/routing';
import type { Element } from '@interoffice/wire';
import type { Interests } from '../interests.js';
import type { NodeConfig } from '../personal-nodes.js';
import { askerOf, mayRead } from './access.js';
import { eventMessage } from './event.js';

/** Who hears of what an account publishes: its own devices, and those of people who see each other with it. XEP-0163 §4 */
export class Audience {
  constructor(
    private readonly accounts: Pick<Accounts, 'peek'>,
    private readonly interests: Interests,
  ) {}

  /** Tells every available device that wants this node and whose owner may read it. */
  tell(account: Account, { node, config }: { node: string; config: NodeConfig }, what: Element): void {
    this.#each(account, config, (device) => {
      this.interests.whenKnown(device, (nodes) => {
        if (nodes.has(node)) device.send(eventMessage(what, { from: account.bare, to: device.jid.toString() }));
      });
    });
  }

  /** People the account sees and who see it: what both have to be for events to pass. XEP-0163 §2.3, §4 */
  contactsOf(account: Account): string[] {
    const { contacts } = account.get(rosterOf);
    return [...contacts.values()].filter(({ subscription }) => subscription === 'both').map(({ jid }) => jid.bare);
  }

  /** May the owner's events go to this account? */
  hears(owner: Account, config: NodeConfig, listener: Account): boolean {
    if (owner === listener) return true;
    const contact = owner.get(rosterOf).contacts.get(listener.bare);
    if (contact?.subscription !== 'both' || !areOnSpeakingTerms(owner, listener)) return false;
    return mayRead(config, askerOf(owner, listener.bare));
  }

  #each(account: Account, config: NodeConfig, visit: (device: Session) => void): void {
    const others = config.accessModel === 'whitelist' ? [] : this.contactsOf(account);
    for (const bare of [account.bare, ...others]) {
      const listener = this.accounts.peek(bare);
      if (!listener || listener.sessions.size === 0 || !this.hears(account, config, listener)) continue;
      for (const device of listener.sessions.values()) if (device.presence) visit(device);
    }
  }
}
