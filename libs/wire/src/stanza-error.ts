import { Element } from '@xmpp/xml';
import { NS } from './namespaces.js';

/** What the author of the stanza can do about the error. RFC 6120 §8.3.2 */
export type StanzaErrorType = 'auth' | 'cancel' | 'continue' | 'modify' | 'wait';

/** Each condition with the type RFC 6120 §8.3.3 suggests for it. */
const TYPE_BY_CONDITION = {
  'bad-request': 'modify',
  conflict: 'cancel',
  'feature-not-implemented': 'cancel',
  forbidden: 'auth',
  gone: 'cancel',
  'internal-server-error': 'cancel',
  'item-not-found': 'cancel',
  'jid-malformed': 'modify',
  'not-acceptable': 'modify',
  'not-allowed': 'cancel',
  'not-authorized': 'auth',
  'policy-violation': 'modify',
  'recipient-unavailable': 'wait',
  redirect: 'modify',
  'registration-required': 'auth',
  'remote-server-not-found': 'cancel',
  'remote-server-timeout': 'wait',
  'resource-constraint': 'wait',
  'service-unavailable': 'cancel',
  'subscription-required': 'auth',
  'undefined-condition': 'cancel',
  'unexpected-request': 'wait',
} as const satisfies Record<string, StanzaErrorType>;

export type StanzaErrorCondition = keyof typeof TYPE_BY_CONDITION;

/** A condition of one application beside the general one, `<closed-node xmlns="…pubsub#errors"/>`. RFC 6120 §8.3.4 */
export interface AppCondition {
  readonly name: string;
  readonly xmlns: string;
  readonly attrs?: Readonly<Record<string, string>>;
}

export interface StanzaErrorOptions {
  readonly type?: StanzaErrorType;
  /** A sentence for a person: what is wrong and what to do. */
  readonly text?: string;
  readonly appCondition?: AppCondition;
  /** The new address, for `gone` and `redirect` alone. */
  readonly alternative?: string;
}

/** A stanza's author asked for something it cannot have. A value to return; it is never thrown by this lib. RFC 6120 §8.3 */
export class StanzaError {
  readonly type: StanzaErrorType;
  readonly text: string | undefined;
  readonly appCondition: AppCondition | undefined;
  readonly alternative: string | undefined;

  constructor(
    readonly condition: StanzaErrorCondition,
    options: StanzaErrorOptions = {},
  ) {
    this.type = options.type ?? TYPE_BY_CONDITION[condition];
    this.text = options.text;
    this.appCondition = options.appCondition;
    this.alternative = options.alternative;
  }

  /** The `<error/>` child, without a namespace of its own; `by` names the entity that found the error. */
  toElement(by?: string): Element {
    const error = new Element('error', by === undefined ? { type: this.type } : { type: this.type, by });
    const condition = error.c(this.condition, { xmlns: NS.stanzas });
    if (this.alternative !== undefined) condition.t(this.alternative);
    if (this.text !== undefined) error.c('text', { xmlns: NS.stanzas, 'xml:lang': 'en' }).t(this.text);
    if (this.appCondition)
      error.c(this.appCondition.name, { ...this.appCondition.attrs, xmlns: this.appCondition.xmlns });
    return error;
  }
}

const isCondition = (name: string): name is StanzaErrorCondition => Object.hasOwn(TYPE_BY_CONDITION, name);
const TYPES: ReadonlySet<string> = new Set(['auth', 'cancel', 'continue', 'modify', 'wait']);
const isType = (type: unknown): type is StanzaErrorType => typeof type === 'string' && TYPES.has(type);

/** Reads the error of a stanza of type `error`; what a peer left out or misspelt becomes `undefined-condition`. */
export function readStanzaError(stanza: Element): StanzaError {
  const error = stanza.getChild('error');
  const children = error?.children.filter((child): child is Element => typeof child !== 'string') ?? [];
  const named = children.find((child) => child.attrs['xmlns'] === NS.stanzas && isCondition(child.name));
  const condition = named && isCondition(named.name) ? named.name : 'undefined-condition';
  const type: unknown = error?.attrs['type'];
  return new StanzaError(condition, {
    type: isType(type) ? type : undefined,
    text: children.find((child) => child.name === 'text')?.getText(),
  });
}

const factory =
  (condition: StanzaErrorCondition) =>
  (text?: string, options: Omit<StanzaErrorOptions, 'text'> = {}): StanzaError =>
    new StanzaError(condition, { ...options, text });

export const badRequest = factory('bad-request');
export const conflict = factory('conflict');
export const featureNotImplemented = factory('feature-not-implemented');
export const forbidden = factory('forbidden');
export const gone = factory('gone');
export const internalServerError = factory('internal-server-error');
export const itemNotFound = factory('item-not-found');
export const jidMalformed = factory('jid-malformed');
export const notAcceptable = factory('not-acceptable');
export const notAllowed = factory('not-allowed');
export const notAuthorized = factory('not-authorized');
export const policyViolation = factory('policy-violation');
export const recipientUnavailable = factory('recipient-unavailable');
export const registrationRequired = factory('registration-required');
export const remoteServerNotFound = factory('remote-server-not-found');
export const remoteServerTimeout = factory('remote-server-timeout');
export const resourceConstraint = factory('resource-constraint');
export const serviceUnavailable = factory('service-unavailable');
export const subscriptionRequired = factory('subscription-required');
export const undefinedCondition = factory('undefined-condition');
export const unexpectedRequest = factory('unexpected-request');
