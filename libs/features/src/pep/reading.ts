import type { Account } from '@interoffice/routing';
import { parseXml } from '@interoffice/wire';
import { type Item, type Mirror, MOST_ITEMS, type NodeConfig, type ShownItem } from '../personal-nodes.js';
import { type Asker, mayRead } from './access.js';
import type { Nodes } from './nodes.js';
import type { Profiles } from './profiles.js';

/** Which items are asked for: those of these ids, or the latest. XEP-0060 §6.5 */
export interface Wanted {
  readonly ids: readonly string[];
  readonly max: number | undefined;
}

/** A node that somebody may see. */
export interface SeenNode {
  readonly name: string;
  readonly config: NodeConfig;
}

/** What accounts have published, as far as whoever asks may see it: all else is as if it were not there (T-11). */
export class Reading {
  constructor(
    private readonly nodes: Nodes,
    private readonly profiles: Profiles,
  ) {}

  /** Undefined: there is no such node for him. */
  async find(account: Account, node: string, asker: Asker): Promise<SeenNode | undefined> {
    const mirror = this.profiles.mirror(node);
    const config = mirror ? this.profiles.defaultFor(node) : await this.nodes.find(account.id, node);
    if (!config || !mayRead(config, asker)) return undefined;
    if (mirror && !(await mirror.show(account))) return undefined;
    return { name: node, config };
  }

  async list(account: Account, asker: Asker): Promise<readonly SeenNode[]> {
    const kept = (await this.nodes.list(account.id)).filter(({ config }) => mayRead(config, asker));
    const mirrors = kept.flatMap(({ name }) => this.profiles.mirrorsOf(name)).map(({ node }) => node);
    return [...kept, ...mirrors.map((name) => ({ name, config: this.profiles.defaultFor(name) }))];
  }

  /** The items of a node he may read, oldest first. */
  async items(account: Account, node: string, { ids, max }: Wanted): Promise<readonly ShownItem[]> {
    const mirror = this.profiles.mirror(node);
    if (mirror) return this.#shown(account, mirror, ids);
    const found = ids.length > 0 ? this.nodes.itemsNamed(account.id, node, ids) : this.#latest(account, node, max);
    return (await found).map(({ id, payload }) => ({ id, payload: parseXml(payload) }));
  }

  #latest(account: Account, node: string, max: number | undefined): Promise<readonly Item[]> {
    return this.nodes.items(account.id, node, Math.min(max ?? MOST_ITEMS, MOST_ITEMS));
  }

  async #shown(account: Account, mirror: Mirror, ids: readonly string[]): Promise<readonly ShownItem[]> {
    const item = await this.profiles.currentOf(account, mirror);
    return item && (ids.length === 0 || ids.includes(item.id)) ? [item] : [];
  }
}
