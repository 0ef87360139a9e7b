import { type Account, refuse, type Refused } from '@interoffice/routing';
import type { Clock } from '@interoffice/telemetry';
import { conflict, type Form, itemNotFound, notAllowed, parseXml } from '@interoffice/wire';
import {
  type Changes,
  type Decision,
  type Item,
  type Mirror,
  MOST_ITEMS,
  type NodeConfig,
  type PersonalNodes,
} from '../personal-nodes.js';
import type { Audience } from './audience.js';
import { cannotKeep, cannotMake } from './capacity.js';
import { deleted, published, purged, retracted } from './event.js';
import { isSameConfig } from './node-config.js';
import type { Nodes, Standing } from './nodes.js';
import type { Profiles } from './profiles.js';
import { pubsub } from './pubsub-error.js';

interface Place {
  readonly node: string;
  readonly config: NodeConfig;
}

type Outcome = Promise<Refused | undefined>;

/**
 * What accounts publish: each change is written, then told, and the next one of the same account begins after that.
 * XEP-0163, XEP-0060 §7, §8
 */
export class Eventing implements PersonalNodes {
  constructor(
    private readonly nodes: Nodes,
    private readonly audience: Audience,
    private readonly profiles: Profiles,
    private readonly clock: Clock,
  ) {}

  /** XEP-0060 §7.1; `options` are preconditions, or the configuration of a node that is not there yet (§7.1.5). */
  publish(account: Account, node: string, { item, options }: { item: Item; options: Form | undefined }): Outcome {
    const mirror = this.profiles.mirror(node);
    if (mirror) return this.#publishTo(mirror, account, { item, options });
    return account.inOrder(async () => {
      const standing = await this.nodes.standing(account.id, node);
      const config = this.profiles.configFor(node, standing.config, options);
      if ('verdict' in config) return config;
      const refused = this.#cannotWrite(standing, { items: [item], removed: [] });
      if (refused) return refused;
      await this.#write(account, { node, config }, { items: [item], removed: [] });
      return undefined;
    });
  }

  async read(account: Account, node: string): Promise<readonly Item[] | undefined> {
    const config = await this.nodes.find(account.id, node);
    return config && this.nodes.items(account.id, node, MOST_ITEMS);
  }

  update(account: Account, node: string, decide: (items: readonly Item[]) => Decision | Refused): Outcome {
    return account.inOrder(async () => {
      const items = await this.nodes.items(account.id, node, MOST_ITEMS);
      const decided = decide(items);
      if ('verdict' in decided) return decided;
      const standing = await this.nodes.standing(account.id, node);
      const config = standing.config ?? this.profiles.defaultFor(node);
      const refused =
        this.#cannotWrite(standing, decided) ?? tooMany(config, items, decided) ?? (await decided.first?.());
      if (refused) return refused;
      await this.#write(account, { node, config }, decided);
      return undefined;
    });
  }

  /** XEP-0060 §7.2; others hear of it when the request says so, or the node is configured so. */
  retract(account: Account, node: string, { id, notify }: { id: string; notify: boolean }): Outcome {
    return this.#onNode(account, node, async (config) => {
      const [item] = await this.nodes.itemsNamed(account.id, node, [id]);
      if (!item) return refuse(itemNotFound('There is no such item.'), 'unknown item');
      const changes = { items: [], removed: [id] };
      if (notify || config.notifyRetract) await this.#write(account, { node, config }, changes);
      else await this.nodes.write({ accountId: account.id, node, config, atMs: this.clock.now() }, changes);
      return undefined;
    });
  }

  /** XEP-0060 §8.1 */
  create(account: Account, node: string, config: NodeConfig): Outcome {
    return account.inOrder(async () => {
      const standing = await this.nodes.standing(account.id, node);
      if (standing.config ?? this.profiles.mirror(node))
        return refuse(conflict('There is such a node already.'), 'the node exists');
      const refused = cannotMake(standing);
      if (!refused) await this.nodes.create(account.id, node, config);
      return refused;
    });
  }

  /** XEP-0060 §8.2 */
  configure(account: Account, node: string, change: (config: NodeConfig) => NodeConfig | Refused): Outcome {
    const work = async (config: NodeConfig): Outcome => {
      const changed = change(config);
      if ('verdict' in changed) return changed;
      if (isSameConfig(config, changed)) return undefined;
      if (this.profiles.mirror(node)) return madeOfAnother();
      await this.nodes.configure(account.id, node, changed);
      return undefined;
    };
    return this.profiles.mirror(node) ? work(this.profiles.defaultFor(node)) : this.#onNode(account, node, work);
  }

  /** XEP-0060 §8.4 */
  delete(account: Account, node: string): Outcome {
    return this.#onNode(account, node, async (config) => {
      await this.nodes.remove(account.id, node);
      if (config.notifyDelete) this.audience.tell(account, { node, config }, deleted(node));
      await this.#showMirrors(account, node);
      return undefined;
    });
  }

  /** XEP-0060 §8.5: one event, however many items there were. */
  purge(account: Account, node: string): Outcome {
    return this.#onNode(account, node, async (config) => {
      await this.nodes.purge(account.id, node);
      this.audience.tell(account, { node, config }, purged(node));
      await this.#showMirrors(account, node);
      return undefined;
    });
  }

  /** The item has the only id there is, whatever it was published under. */
  async #publishTo(mirror: Mirror, account: Account, of: { item: Item; options: Form | undefined }): Outcome {
    return this.profiles.cannotMirror(mirror, of.options) ?? mirror.publish(account, parseXml(of.item.payload));
  }

  #onNode(account: Account, node: string, work: (config: NodeConfig) => Outcome): Outcome {
    return account.inOrder(async () => {
      if (this.profiles.mirror(node)) return madeOfAnother();
      const config = await this.nodes.find(account.id, node);
      return config ? work(config) : refuse(itemNotFound('There is no such node.'), 'unknown node');
    });
  }

  #cannotWrite(standing: Standing, { items }: Changes): Refused | undefined {
    return (standing.config ? undefined : cannotMake(standing)) ?? cannotKeep(standing, items);
  }

  async #write(account: Account, place: Place, changes: Changes): Promise<void> {
    const { node, config } = place;
    const { items, removed } = changes;
    const at = { accountId: account.id, node, config, atMs: this.clock.now() };
    // A node that keeps nothing is still there, and has its configuration.
    const gone = await this.nodes.write(at, config.persistItems ? changes : { items: [], removed: [] });
    for (const id of gone) {
      // XEP-0060 §7.1.2.5: the oldest is retracted; in a node of one item the new one says enough.
      if (removed.includes(id) || config.maxItems > 1) this.audience.tell(account, place, retracted(node, id));
    }
    for (const { id, payload } of items) {
      this.audience.tell(account, place, published(node, { id, payload: parseXml(payload) }));
    }
    await this.#showMirrors(account, node);
  }

  /** Who listens to an older form of the node sees what it has become. */
  async #showMirrors(account: Account, node: string): Promise<void> {
    for (const mirror of this.profiles.mirrorsOf(node)) await this.#showMirror(account, mirror);
  }

  async #showMirror(account: Account, mirror: Mirror): Promise<void> {
    const item = await this.profiles.currentOf(account, mirror);
    const { node } = mirror;
    const config = this.profiles.defaultFor(node);
    this.audience.tell(account, { node, config }, item ? published(node, item) : deleted(node));
  }
}

function madeOfAnother(): Refused {
  return refuse(notAllowed('This node shows what another one holds; change that one.'), 'the node is a mirror');
}

/** XEP-0060 §12.11, of several items at once */
function tooMany(config: NodeConfig, items: readonly Item[], { items: put, removed }: Changes): Refused | undefined {
  const ids = new Set([...items, ...put].map(({ id }) => id));
  for (const id of removed) ids.delete(id);
  if (ids.size <= config.maxItems && config.persistItems) return undefined;
  const text = `The node keeps at most ${config.persistItems ? config.maxItems : 0} items.`;
  return refuse(notAllowed(text, pubsub('max-items-exceeded')), 'more items than the node keeps');
}
