import { type Element, escapeAttribute, NS, serialize, type StreamError } from '@interoffice/wire';

/** How a stream begins, informs and ends on its kind of connection. */
export interface Framing {
  header(attributes: { id: string; from: string | undefined }): string;
  features(offers: readonly Element[]): string;
  error(error: StreamError): string;
  readonly footer: string;
}

const STREAM_PREFIX = `xmlns:stream="${NS.stream}"`;

const attribute = (name: string, value: string | undefined): string =>
  value === undefined ? '' : ` ${name}="${escapeAttribute(value)}"`;

/** Offers are nearly always the same few elements: each is serialised once per kind of frame. */
function remembered(write: (offer: Element) => string): (offer: Element) => string {
  const texts = new WeakMap<Element, string>();
  return (offer) => {
    const known = texts.get(offer) ?? write(offer);
    texts.set(offer, known);
    return known;
  };
}

const inDocument = remembered((offer) => serialize(offer, NS.client));
const inFrame = remembered((offer) => serialize(offer));

/** RFC 6120 §4.2: one long document. */
const DOCUMENT: Framing = {
  header: ({ id, from }) =>
    `<?xml version="1.0"?><stream:stream xmlns="${NS.client}" ${STREAM_PREFIX} version="1.0" xml:lang="en"${attribute('id', id)}${attribute('from', from)}>`,
  features: (offers) => `<stream:features>${offers.map(inDocument).join('')}</stream:features>`,
  error: (error) => error.toXml(),
  footer: '</stream:stream>',
};

/** RFC 7395 §3.3: each frame stands alone. */
const FRAMES: Framing = {
  header: ({ id, from }) =>
    `<open xmlns="${NS.framing}" version="1.0" xml:lang="en"${attribute('id', id)}${attribute('from', from)}/>`,
  features: (offers) => `<stream:features ${STREAM_PREFIX}>${offers.map(inFrame).join('')}</stream:features>`,
  error: (error) => error.toXml({ declarePrefix: true }),
  footer: `<close xmlns="${NS.framing}"/>`,
};

/** Says that dialback is understood, and binds the prefix that all its elements have. XEP-0220 §2 */
const DIALBACK_PREFIX = ` xmlns:db="${NS.dialback}"`;

interface ServerHeader {
  readonly id?: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly isByDialback?: boolean;
}

/** Between servers. RFC 6120 §4.2, §4.7 */
export const SERVERS = {
  header: ({ id, from, to, isByDialback = false }: ServerHeader): string =>
    `<?xml version="1.0"?><stream:stream xmlns="${NS.server}" ${STREAM_PREFIX}${isByDialback ? DIALBACK_PREFIX : ''} version="1.0" xml:lang="en"${attribute('id', id)}${attribute('from', from)}${attribute('to', to)}>`,
  features: DOCUMENT.features,
  error: DOCUMENT.error,
  footer: DOCUMENT.footer,
};

export function framingOf(kind: 'tcp' | 'tls' | 'websocket'): Framing {
  return kind === 'websocket' ? FRAMES : DOCUMENT;
}
