import type { Account, Refused } from '@interoffice/routing';
import type { Element } from '@interoffice/wire';

/** As many items as one node may keep: what `max` means. XEP-0060 §16.4.4 */
export const MOST_ITEMS = 1000;

/** Who may read a node and hear of its events. XEP-0060 §4.5 */
export type AccessModel = 'open' | 'presence' | 'roster' | 'whitelist';

/** When a device is sent the item that was published last. XEP-0060 §16.4.4 */
export type SendLast = 'never' | 'on_sub' | 'on_sub_and_presence';

/** How a node behaves, by the names of XEP-0060 §16.4.4. */
export interface NodeConfig {
  readonly title: string;
  readonly description: string;
  readonly type: string;
  readonly persistItems: boolean;
  readonly maxItems: number;
  readonly accessModel: AccessModel;
  readonly rosterGroups: readonly string[];
  readonly sendLast: SendLast;
  /** Also when the request to retract does not ask for it. */
  readonly notifyRetract: boolean;
  readonly notifyDelete: boolean;
}

/** What is published under an id of its own; the payload is one element, as text with its namespace. */
export interface Item {
  readonly id: string;
  readonly payload: string;
}

/** An item as it is shown. */
export interface ShownItem {
  readonly id: string;
  readonly payload: Element;
}

/** What is to become of a node: items that are new or other than before, and ids of those that go. */
export interface Changes {
  readonly items: readonly Item[];
  readonly removed: readonly string[];
}

/** What has been decided about a node. */
export interface Decision extends Changes {
  /** Carried out first, once it is certain that the changes fit; may still refuse. */
  readonly first?: () => Promise<Refused | undefined>;
}

/** Nodes of accounts, for features that keep something in them. */
export interface PersonalNodes {
  /** All items, oldest first; undefined when there is no such node. */
  read(account: Account, node: string): Promise<readonly Item[] | undefined>;
  /**
   * Has `decide` look at all items and say what changes, then writes and tells who listens, one event for each item.
   * Nothing of the account changes in between; the node is made if it is not there. Refuses what would be too much. Do
   * not call it in the account's order: it takes a place there.
   */
  update(
    account: Account,
    node: string,
    decide: (items: readonly Item[]) => Decision | Refused,
  ): Promise<Refused | undefined>;
}

/**
 * A node that is not kept: its one item, `current`, shows what another node holds in an older form, and what is
 * published to it changes that other node.
 */
export interface Mirror {
  readonly node: string;
  /** The node that is kept. */
  readonly of: string;
  readonly config: Partial<NodeConfig>;
  /** The payload as it is now; undefined when nothing was ever published, in either form. */
  show(account: Account): Promise<Element | undefined>;
  publish(account: Account, payload: Element): Promise<Refused | undefined>;
}
