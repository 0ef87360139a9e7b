import { type Account, refuse, type Refused } from '@interoffice/routing';
import { badRequest, copyOf, type Element, type Jid, NS, notAcceptable, serialize, xml } from '@interoffice/wire';
import {
  type Changes,
  type Item,
  type Mirror,
  MOST_ITEMS,
  type NodeConfig,
  type PersonalNodes,
} from '../personal-nodes.js';
import { isReadable } from '../readable.js';
import type { StoredElsewhere } from '../stored-elsewhere.js';
import { conferenceIn, OLD, roomOf } from './conference.js';
import { collate, reconcile } from './reconcile.js';

/**
 * How the node of bookmarks is configured unless somebody says otherwise (XEP-0402 §3.3). Whoever shows the list must hear
 * of every removal.
 */
export const BOOKMARKS: Partial<NodeConfig> = {
  persistItems: true,
  maxItems: MOST_ITEMS,
  accessModel: 'whitelist',
  sendLast: 'never',
  notifyRetract: true,
};

const UNCHANGED: Changes = { items: [], removed: [] };
/** What only the older form knows: web pages and the like. */
const MOST_REST_BYTES = 65_536;

/** A room that somebody is to find among his bookmarks. XEP-0402 §2 */
export interface Bookmark {
  readonly room: Jid;
  readonly name: string;
  readonly autojoin: boolean;
}

/** Where what only the older form knows is kept. */
export interface Remainder {
  find(accountId: number, namespace: string, name: string): Promise<Element | undefined>;
  put(accountId: number, element: Element): Promise<boolean>;
}

/** The rooms that people have bookmarked: kept as XEP-0402 has it, and shown and changed as XEP-0048 has it too. */
export class Bookmarks {
  constructor(
    private readonly nodes: PersonalNodes,
    private readonly remainder: Remainder,
  ) {}

  /**
   * Puts a bookmark among the account's, or sets name and autojoin of the one that is there; nick and whatever else its
   * owner has chosen stay. His devices are told. Refused when he has no room for it.
   */
  add(account: Account, { room, name, autojoin }: Bookmark): Promise<Refused | undefined> {
    return this.nodes.update(account, NS.bookmarks, (items) => {
      const present = find(items, room);
      const before = present && conferenceIn(present);
      const conference = before ? copyOf(before) : xml('conference', { xmlns: NS.bookmarks });
      Object.assign(conference.attrs, { name, autojoin: String(autojoin) });
      const payload = serialize(conference);
      if (before && serialize(before) === payload) return UNCHANGED;
      return { items: [{ id: present?.id ?? room.bare, payload }], removed: [] };
    });
  }

  /** Takes a room out of the account's bookmarks; his devices are told. Nothing happens when it is not among them. */
  remove(account: Account, room: Jid): Promise<Refused | undefined> {
    return this.nodes.update(account, NS.bookmarks, (items) => {
      const present = find(items, room);
      return present ? { items: [], removed: [present.id] } : UNCHANGED;
    });
  }

  /** XEP-0048 over XEP-0223 */
  get mirror(): Mirror {
    return {
      node: OLD,
      of: NS.bookmarks,
      config: { persistItems: true, maxItems: 1, accessModel: 'whitelist' },
      show: (account) => this.#show(account),
      publish: (account, payload) => this.#replace(account, payload),
    };
  }

  /** XEP-0048 over XEP-0049 */
  get stored(): StoredElsewhere {
    return {
      namespace: OLD,
      name: 'storage',
      show: (account) => this.#show(account),
      store: (account, element) => this.#replace(account, element),
    };
  }

  async #show(account: Account): Promise<Element | undefined> {
    const items = await this.nodes.read(account, NS.bookmarks);
    const rest = await this.remainder.find(account.id, OLD, 'storage');
    return items || rest ? collate(items ?? [], rest) : undefined;
  }

  async #replace(account: Account, storage: Element): Promise<Refused | undefined> {
    if (!storage.is('storage', OLD)) {
      return refuse(badRequest('Bookmarks stand in <storage xmlns="storage:bookmarks"/>.'), 'not a list of bookmarks');
    }
    return this.nodes.update(account, NS.bookmarks, (items) => {
      const { rest, ...changes } = reconcile(items, storage);
      const text = serialize(rest);
      if (Buffer.byteLength(text) > MOST_REST_BYTES || !isReadable(text)) {
        return refuse(notAcceptable('There is too much beside rooms in the list.'), 'too much beside rooms');
      }
      return { ...changes, first: () => this.#keep(account, rest) };
    });
  }

  async #keep(account: Account, rest: Element): Promise<Refused | undefined> {
    if (await this.remainder.put(account.id, rest)) return undefined;
    return refuse(notAcceptable('Your private storage is full.'), 'too much stored');
  }
}

function find(items: readonly Item[], room: Jid): Item | undefined {
  return items.find((item) => roomOf(item.id) === room.bare && conferenceIn(item));
}
