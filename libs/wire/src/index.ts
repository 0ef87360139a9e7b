export { decodeAttribute, decodeCharacters, decodeText } from './decode.js';
export { copyOf, Element, xml } from './element.js';
export { parseXml } from './document.js';
export { escapeAttribute, escapeText, isLegalText, UnserializableText } from './escape.js';
export { escapeNode, unescapeNode } from './jid-escaping.js';
export { Jid, jid, JidMalformed, JID_CACHE_GENERATION, MAX_PART_BYTES, parseJid, sameBare, tryJid } from './jid.js';
export { lasting } from './lasting.js';
export { FILE_NAMESPACES, UNREADABLE_NAMESPACES, NS, type ContentNamespace } from './namespaces.js';
export { preparePassword, usernameCaseMapped } from './precis.js';
export { serialize, serializeInto } from './serialize.js';
export {
  badRequest,
  conflict,
  featureNotImplemented,
  forbidden,
  gone,
  internalServerError,
  itemNotFound,
  jidMalformed,
  notAcceptable,
  notAllowed,
  notAuthorized,
  policyViolation,
  readStanzaError,
  recipientUnavailable,
  registrationRequired,
  remoteServerNotFound,
  remoteServerTimeout,
  resourceConstraint,
  serviceUnavailable,
  StanzaError,
  subscriptionRequired,
  undefinedCondition,
  unexpectedRequest,
  type AppCondition,
  type StanzaErrorCondition,
  type StanzaErrorOptions,
  type StanzaErrorType,
} from './stanza-error.js';
export {
  child,
  childElements,
  childText,
  errorReply,
  iqType,
  isIq,
  isMessage,
  isPresence,
  messageType,
  presenceType,
  removeChildren,
  reply,
  type IqType,
  type MessageType,
  type PresenceType,
} from './stanza.js';
export { STREAM_ERROR_CONDITIONS, StreamError, type StreamErrorCondition } from './stream-error.js';
export { plainNamespaces, toTree, type StreamNamespaces } from './tree.js';
export { XmlError, type XmlErrorCondition } from './xml-error.js';
export { bareContext, MAX_ELEMENTS, Scanner, type ScanContext, type ScanLimits } from './scan.js';
export { INCOMPLETE } from './characters.js';
export { MAX_CHILDREN, MAX_DEPTH, ScanTables } from './scan-state.js';
export { MAX_ATTRIBUTES, MAX_TAG_BYTES } from './scan-tag.js';
export { Vocabulary } from './vocabulary.js';
export { type FrameSink, type Limits } from './framer.js';
export { StreamFramer } from './stream-framer.js';
export { MessageFramer } from './message-framer.js';
export { type StreamHeader } from './stream-header.js';
export { delayElement, formatTimestamp, parseTimestamp, readDelay, type Delay } from './delay.js';
export {
  fieldOptions,
  Form,
  formElement,
  formIn,
  readForm,
  type FieldType,
  type FormField,
  type FormOptions,
  type FormType,
} from './form.js';
export { forwardedElement, readForwarded, type Forwarded } from './forward.js';
export { pagingElement, readPaging, resultSet, type Page, type Paging } from './paging.js';
export { PayloadMalformed } from './payload-malformed.js';
