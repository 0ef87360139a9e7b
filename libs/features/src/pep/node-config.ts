import { type Form, formElement, type FormField, type Element, PayloadMalformed } from '@interoffice/wire';
import { MOST_ITEMS, type NodeConfig } from '../personal-nodes.js';
import { MOST_ITEM_BYTES } from './limits.js';

/** XEP-0163 §5 */
export const DEFAULTS: NodeConfig = {
  title: '',
  description: '',
  type: '',
  persistItems: true,
  maxItems: 1,
  accessModel: 'presence',
  rosterGroups: [],
  sendLast: 'on_sub_and_presence',
  notifyRetract: false,
  notifyDelete: true,
};

/** Why a field cannot be taken. */
export interface Unfit {
  readonly field: string;
  readonly why: 'unknown' | 'unsupported';
}

/** One field of `pubsub#node_config`. `take`: undefined when the node cannot be like that. XEP-0060 §16.4.4 */
interface Field extends FormField {
  readonly show: (config: NodeConfig) => readonly string[];
  readonly take: (form: Form, name: string) => Partial<NodeConfig> | undefined;
}

type KeyOf<T> = { [K in keyof NodeConfig]: NodeConfig[K] extends T ? K : never }[keyof NodeConfig];

const text = (key: KeyOf<string>, label: string): Field => ({
  type: 'text-single',
  label,
  show: (config) => (config[key] === '' ? [] : [config[key]]),
  take: (form, name) => {
    const value = form.text(name) ?? '';
    return value.length > 1023 ? undefined : { [key]: value };
  },
});

const flag = (key: KeyOf<boolean>, label: string): Field => ({
  type: 'boolean',
  label,
  show: (config) => [config[key] ? '1' : '0'],
  take: (form, name) => {
    const value = form.flag(name);
    return value === undefined ? undefined : { [key]: value };
  },
});

const choice = (key: 'accessModel' | 'sendLast', values: readonly string[], label: string): Field => ({
  type: 'list-single',
  label,
  options: values.map((value) => ({ value })),
  show: (config) => [config[key]],
  take: (form, name) => {
    const value = form.text(name) ?? '';
    return values.includes(value) ? { [key]: value } : undefined;
  },
});

const maxItems: Field = {
  type: 'text-single',
  label: 'How many items are kept: a number, or max for as many as the server keeps',
  show: (config) => [config.maxItems === MOST_ITEMS ? 'max' : String(config.maxItems)],
  take: (form, name) => {
    const value = form.text(name) === 'max' ? MOST_ITEMS : form.integer(name);
    return value !== undefined && value >= 1 && value <= MOST_ITEMS ? { maxItems: value } : undefined;
  },
};

const rosterGroups: Field = {
  type: 'text-multi',
  label: 'Roster groups whose members may read, with the access model roster',
  show: (config) => config.rosterGroups,
  take: (form, name) => {
    const values = form.texts(name) ?? [];
    return values.length > 64 || values.some((value) => value.length > 1023) ? undefined : { rosterGroups: values };
  },
};

const FIELDS = new Map<string, Field>([
  ['pubsub#title', text('title', 'A name for people')],
  ['pubsub#description', text('description', 'What it is about')],
  ['pubsub#type', text('type', 'The kind of payload, usually its namespace')],
  ['pubsub#persist_items', flag('persistItems', 'Items are kept')],
  ['pubsub#max_items', maxItems],
  ['pubsub#access_model', choice('accessModel', ['open', 'presence', 'roster', 'whitelist'], 'Who may read')],
  ['pubsub#roster_groups_allowed', rosterGroups],
  [
    'pubsub#send_last_published_item',
    choice('sendLast', ['never', 'on_sub', 'on_sub_and_presence'], 'When the latest item is sent unasked'),
  ],
  ['pubsub#notify_retract', flag('notifyRetract', 'Others hear of every item that is removed')],
  ['pubsub#notify_delete', flag('notifyDelete', 'Others hear when the node is deleted')],
]);

/** What is the same for every node: a form may name it, as long as it asks for nothing else. */
const FIXED = new Map<string, readonly string[]>([
  ['pubsub#node_type', ['leaf']],
  ['pubsub#publish_model', ['publishers']],
  ['pubsub#publish_node_full', ['retract-oldest']],
  ['pubsub#deliver_notifications', ['1', 'true']],
  ['pubsub#deliver_payloads', ['1', 'true']],
  ['pubsub#notification_type', ['headline']],
  ['pubsub#presence_based_delivery', ['1', 'true']],
  ['pubsub#notify_config', ['0', 'false']],
  ['pubsub#notify_sub', ['0', 'false']],
  ['pubsub#purge_offline', ['0', 'false']],
  ['pubsub#item_expire', ['max']],
  ['pubsub#max_payload_size', [String(MOST_ITEM_BYTES)]],
]);

/**
 * The configuration with what a form asks for; fields that are not in the form stay as they are (XEP-0004 §3.2). Else the
 * first field that cannot be had: `unknown` only where the caller does not ignore those.
 */
export function withForm(config: NodeConfig, form: Form, unknown: 'ignored' | 'refused'): NodeConfig | Unfit {
  let result = config;
  for (const name of form.names) {
    const field = FIELDS.get(name);
    if (field) {
      const change = taken(field, form, name);
      if (!change) return { field: name, why: 'unsupported' };
      result = { ...result, ...change };
    } else if (FIXED.has(name)) {
      if (!FIXED.get(name)!.includes(form.text(name) ?? '')) return { field: name, why: 'unsupported' };
    } else if (unknown === 'refused') return { field: name, why: 'unknown' };
  }
  return result;
}

/** XEP-0060 §8.2.2 */
export function configForm(config: NodeConfig): Element {
  const fields = [...FIELDS].map(([name, { type, label, options, show }]) => {
    return { name, type, label, options, values: show(config) };
  });
  return formElement({ type: 'form', formType: 'http://jabber.org/protocol/pubsub#node_config', fields });
}

/** XEP-0060 §5.4 */
export function metadataForm(config: NodeConfig): Element {
  const told = ['pubsub#title', 'pubsub#description', 'pubsub#type', 'pubsub#access_model', 'pubsub#max_items'];
  const fields = told.map((name) => ({ name, type: FIELDS.get(name)!.type, values: FIELDS.get(name)!.show(config) }));
  return formElement({ type: 'result', formType: 'http://jabber.org/protocol/pubsub#meta-data', fields });
}

/** Nothing of one differs from the other. */
export function isSameConfig(a: NodeConfig, b: NodeConfig): boolean {
  return [...FIELDS.values()].every(({ show }) => JSON.stringify(show(a)) === JSON.stringify(show(b)));
}

function taken(field: Field, form: Form, name: string): Partial<NodeConfig> | undefined {
  try {
    return field.take(form, name);
  } catch (error) {
    if (error instanceof PayloadMalformed) return undefined;
    throw error;
  }
}
