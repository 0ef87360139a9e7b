import {
  type Accounts,
  type Answer,
  type Asked,
  type Awaitable,
  type Feature,
  forOthers,
  get,
  type Refused,
  type Reply,
  set,
} from '@interoffice/routing';
import type { Clock, Log } from '@interoffice/telemetry';
import { NS } from '@interoffice/wire';
import type { Interests } from '../interests.js';
import type { Mirror, NodeConfig, PersonalNodes } from '../personal-nodes.js';
import type { Sql } from '../sql.js';
import { Audience } from './audience.js';
import { discovery } from './discovery.js';
import { Eventing } from './eventing.js';
import { affiliations, items, publish, retract } from './item-requests.js';
import { LastItems } from './last-items.js';
import { configure, create, ownersOf, purge, readConfiguration, readDefaults } from './node-requests.js';
import { Nodes } from './nodes.js';
import { Profiles } from './profiles.js';
import { Reading } from './reading.js';
import { type Action, request } from './requests.js';

export interface PepParts {
  readonly sql: Sql;
  readonly accounts: Pick<Accounts, 'peek' | 'load'>;
  readonly interests: Interests;
  /** Nodes that are made otherwise than by default when nobody says how. */
  readonly presets: Readonly<Record<string, Partial<NodeConfig>>>;
  /** Whether somebody of this office may publish into such a node; says why not. */
  readonly mayPublish: (office: string, node: string) => Refused | undefined;
  /** Asked for when the first request comes. */
  readonly mirrors: () => readonly Mirror[];
  readonly clock: Clock;
  readonly log: Log;
}

/** What XEP-0060 §10 calls what we do. */
const FEATURES = [
  'access-presence',
  'auto-create',
  'auto-subscribe',
  'config-node',
  'config-node-max',
  'create-and-configure',
  'create-nodes',
  'delete-items',
  'delete-nodes',
  'filtered-notifications',
  'instant-nodes',
  'item-ids',
  'last-published',
  'meta-data',
  'multi-items',
  'persistent-items',
  'presence-notifications',
  'publish',
  'publish-options',
  'pubsub-on-a-jid',
  'purge-nodes',
  'retract-items',
  'retrieve-affiliations',
  'retrieve-default',
  'retrieve-items',
].map((name) => `${NS.pubsub}#${name}`);

const PEP = { category: 'pubsub', type: 'pep' };

/** Personal Eventing: an account publishes, its devices and contacts hear of it. XEP-0163 over XEP-0060 */
export function pep(parts: PepParts): { readonly feature: Feature; readonly nodes: PersonalNodes } {
  const nodes = new Nodes(parts.sql);
  const profiles = new Profiles(parts.presets, parts.mirrors);
  const audience = new Audience(parts.accounts, parts.interests);
  const eventing = new Eventing(nodes, audience, profiles, parts.clock);
  const reading = new Reading(nodes, profiles);
  const lastItems = new LastItems({ ...parts, nodes, audience, profiles });
  const feature: Feature = {
    name: 'pep',
    implements: [
      { xep: 60, version: '1.30.0', isPartial: true },
      { xep: 163, version: '1.2.2', isPartial: true },
      { xep: 223, version: '1.1.1' },
    ],
    // XEP-0223 §5 has clients ask the server for this one, XEP-0163 §6.1 the account.
    identities: { server: [PEP], account: [PEP] },
    advertises: { server: [NS.pubsubOptions], account: [NS.pubsub, ...FEATURES] },
    answers: answers({ eventing, reading, profiles }, parts.mayPublish),
    nodes: discovery(reading),
    watches: { available: (session) => lastItems.greet(session) },
  };
  return { feature, nodes: eventing };
}

function answers(
  { eventing, reading, profiles }: { eventing: Eventing; reading: Reading; profiles: Profiles },
  mayPublish: PepParts['mayPublish'],
): Answer[] {
  const reads: Record<string, Action> = {
    items: { others: true, run: (asked) => items(asked, reading) },
    affiliations: { anyNode: true, run: (asked) => affiliations(asked, reading) },
  };
  const writes: Record<string, Action> = {
    publish: { run: (asked) => mayPublish(asked.account.facts.office, asked.node) ?? publish(asked, eventing) },
    retract: { run: (asked) => retract(asked, eventing) },
    create: { anyNode: true, run: (asked) => create(asked, eventing, profiles) },
  };
  const ownerReads: Record<string, Action> = {
    configure: { run: (asked) => readConfiguration(asked, reading) },
    default: { anyNode: true, run: readDefaults },
    affiliations: { run: (asked) => ownersOf(asked, reading) },
  };
  const ownerWrites: Record<string, Action> = {
    configure: { run: (asked) => configure(asked, eventing) },
    delete: { run: ({ account, node }) => eventing.delete(account, node) },
    purge: { run: (asked) => purge(asked, eventing, reading) },
  };
  return [
    question(get, NS.pubsub, reads),
    question(set, NS.pubsub, writes),
    question(get, NS.pubsubOwner, ownerReads),
    question(set, NS.pubsubOwner, ownerWrites),
  ];
}

function question(kind: typeof get, namespace: string, actions: Readonly<Record<string, Action>>): Answer {
  const answer = (asked: Asked): Awaitable<Reply> => request(asked, actions);
  return forOthers(kind('account', namespace, 'pubsub', answer));
}
