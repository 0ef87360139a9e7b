import { refuse, type Refused, type Reply } from '@interoffice/routing';
import { badRequest, type Element, type Form, formIn, notAcceptable, NS, xml } from '@interoffice/wire';
import { randomBytes } from 'node:crypto';
import type { NodeConfig } from '../personal-nodes.js';
import type { Eventing } from './eventing.js';
import { notThere, keepsNothing } from './item-requests.js';
import { configForm, DEFAULTS, withForm } from './node-config.js';
import type { Profiles } from './profiles.js';
import { pubsub } from './pubsub-error.js';
import type { Reading } from './reading.js';
import type { Request } from './requests.js';

/** XEP-0060 §8.1; without a name the node gets one. */
export async function create(request: Request, eventing: Eventing, profiles: Profiles): Promise<Reply> {
  const { account, pubsub: whole } = request;
  const configure = whole.getChild('configure', NS.pubsub);
  if (configure?.attrs['node'] !== undefined) {
    return refuse(badRequest('The node is named by <create/> alone.'), 'malformed node configuration');
  }
  const node = request.node || randomBytes(16).toString('base64url');
  const form = configure && readConfigForm(configure);
  if (form && 'verdict' in form) return form;
  const config = form ? changed(profiles.defaultFor(node), form) : profiles.defaultFor(node);
  if ('verdict' in config) return config;
  const refused = await eventing.create(account, node, config);
  return refused ?? (request.node === '' ? answer(NS.pubsub, xml('create', { node })) : undefined);
}

/** XEP-0060 §8.2.1 */
export async function readConfiguration({ account, asker, node }: Request, reading: Reading): Promise<Reply> {
  const seen = await reading.find(account, node, asker);
  return seen ? answer(NS.pubsubOwner, xml('configure', { node }, configForm(seen.config))) : notThere();
}

/** XEP-0060 §8.2.4, §8.2.5 */
export async function configure({ account, action, node }: Request, eventing: Eventing): Promise<Reply> {
  if (action.getChild('x', NS.dataForms)?.attrs['type'] === 'cancel') return undefined;
  const form = readConfigForm(action);
  if (!form || 'verdict' in form) return form ?? refuse(badRequest('There is no form.'), 'no node configuration');
  return eventing.configure(account, node, (config) => changed(config, form));
}

/** XEP-0060 §8.3 */
export function readDefaults(): Reply {
  return answer(NS.pubsubOwner, xml('default', {}, configForm(DEFAULTS)));
}

/** XEP-0060 §8.9.1 */
export async function ownersOf({ account, asker, node }: Request, reading: Reading): Promise<Reply> {
  if (!(await reading.find(account, node, asker))) return notThere();
  const owner = xml('affiliation', { jid: account.bare, affiliation: 'owner' });
  return answer(NS.pubsubOwner, xml('affiliations', { node }, owner));
}

/** XEP-0060 §8.5 */
export async function purge({ account, asker, node }: Request, eventing: Eventing, reading: Reading): Promise<Reply> {
  const seen = await reading.find(account, node, asker);
  if (seen && !seen.config.persistItems) return keepsNothing();
  return eventing.purge(account, node);
}

/** Undefined: there is no form, so nothing is asked for. */
function readConfigForm(configure: Element): Form | Refused | undefined {
  const form = formIn(configure, 'http://jabber.org/protocol/pubsub#node_config');
  if (form || !configure.getChild('x', NS.dataForms)) return form;
  return refuse(badRequest('The form is not one of node_config.'), 'malformed node configuration');
}

/** XEP-0060 §8.1.2, §8.2.5.2 */
function changed(config: NodeConfig, form: Form): NodeConfig | Refused {
  const result = withForm(config, form, 'ignored');
  if (!('why' in result)) return result;
  if (result.field === 'pubsub#access_model') {
    const text = 'The access models are open, presence, roster and whitelist.';
    return refuse(notAcceptable(text, pubsub('unsupported-access-model')), 'unsupported access model');
  }
  return refuse(notAcceptable(`A node cannot have this ${result.field}.`), 'unsupported node configuration');
}

function answer(xmlns: string, child: Element): Element {
  return xml('pubsub', { xmlns }, child);
}
