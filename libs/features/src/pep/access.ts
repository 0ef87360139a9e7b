import { type Account, rosterOf, showsPresenceTo } from '@interoffice/routing';
import type { NodeConfig } from '../personal-nodes.js';

/** Somebody, as the access model of a node sees him. */
export interface Asker {
  readonly isOwner: boolean;
  /** May see when the owner is online. */
  readonly isSubscribed: boolean;
  /** In which groups of the owner's roster he stands. */
  readonly groups: readonly string[];
}

/** What `bare` is to the account. */
export function askerOf(account: Account, bare: string): Asker {
  return {
    isOwner: account.bare === bare,
    isSubscribed: showsPresenceTo(account, bare),
    groups: account.get(rosterOf).contacts.get(bare)?.groups ?? [],
  };
}

/** May he read the node and hear of its events? Nobody but its owner is on a whitelist. XEP-0060 §4.5, §6.5.1 */
export function mayRead({ accessModel, rosterGroups }: NodeConfig, { isOwner, isSubscribed, groups }: Asker): boolean {
  if (isOwner || accessModel === 'open') return true;
  if (accessModel === 'presence') return isSubscribed;
  return accessModel === 'roster' && isSubscribed && groups.some((group) => rosterGroups.includes(group));
}
