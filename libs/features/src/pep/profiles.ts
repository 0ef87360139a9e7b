import { type Account, refuse, type Refused } from '@interoffice/routing';
import { conflict, type Form } from '@interoffice/wire';
import type { Mirror, NodeConfig, ShownItem } from '../personal-nodes.js';
import { DEFAULTS, isSameConfig, type Unfit, withForm } from './node-config.js';
import { pubsub } from './pubsub-error.js';

/** The id of the only item of a node. XEP-0060 §12.21 */
export const CURRENT = 'current';

/** What a node is like by its name alone: how it is configured when nobody says how, and whether it is a mirror. */
export class Profiles {
  constructor(
    private readonly presets: Readonly<Record<string, Partial<NodeConfig>>>,
    readonly mirrors: () => readonly Mirror[],
  ) {}

  /** The configuration of a new node, and that of a mirror for good. */
  defaultFor(node: string): NodeConfig {
    const preset = this.mirror(node)?.config ?? (Object.hasOwn(this.presets, node) ? this.presets[node] : {});
    return { ...DEFAULTS, ...preset };
  }

  mirror(node: string): Mirror | undefined {
    return this.mirrors().find((mirror) => mirror.node === node);
  }

  mirrorsOf(node: string): Mirror[] {
    return this.mirrors().filter(({ of }) => of === node);
  }

  /** What a mirror shows. */
  async currentOf(account: Account, mirror: Mirror): Promise<ShownItem | undefined> {
    const payload = await mirror.show(account);
    return payload && { id: CURRENT, payload };
  }

  /**
   * Why nothing can be published to a mirror with these options. It is private and kept for good; what they say besides
   * was meant for a node of its own.
   */
  cannotMirror({ node }: Mirror, options: Form | undefined): Refused | undefined {
    const config = this.defaultFor(node);
    const wanted = options ? withForm(config, options, 'refused') : config;
    if ('why' in wanted) return notToBeHad(wanted);
    const isMet = wanted.accessModel === config.accessModel && wanted.persistItems === config.persistItems;
    return isMet ? undefined : configuredOtherwise();
  }

  /**
   * The configuration under which is published: that of the node, which must be as the options say, or that of a new
   * node with these options. XEP-0060 §7.1.5
   */
  configFor(node: string, present: NodeConfig | undefined, options: Form | undefined): NodeConfig | Refused {
    const config = present ?? this.defaultFor(node);
    const wanted = options ? withForm(config, options, 'refused') : config;
    if ('why' in wanted) return notToBeHad(wanted);
    return present && !isSameConfig(present, wanted) ? configuredOtherwise() : wanted;
  }
}

function notToBeHad({ field, why }: Unfit): Refused {
  const text = `The option ${field.slice(0, 80)} is ${why}.`;
  return refuse(conflict(text, pubsub('precondition-not-met')), 'an option that the node cannot have');
}

function configuredOtherwise(): Refused {
  const text = 'The node is configured otherwise than the options say; configure it first.';
  return refuse(conflict(text, pubsub('precondition-not-met')), 'the node is configured otherwise');
}
