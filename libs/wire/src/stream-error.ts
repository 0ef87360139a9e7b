import { escapeText } from './escape.js';
import { NS } from './namespaces.js';
import { serialize } from './serialize.js';
import type { Element } from '@xmpp/xml';

/** The conditions that end a stream. RFC 6120 §4.9.3 */
export const STREAM_ERROR_CONDITIONS = [
  'bad-format',
  'bad-namespace-prefix',
  'conflict',
  'connection-timeout',
  'host-gone',
  'host-unknown',
  'improper-addressing',
  'internal-server-error',
  'invalid-from',
  'invalid-namespace',
  'invalid-xml',
  'not-authorized',
  'not-well-formed',
  'policy-violation',
  'remote-connection-failed',
  'reset',
  'resource-constraint',
  'restricted-xml',
  'see-other-host',
  'system-shutdown',
  'undefined-condition',
  'unsupported-encoding',
  'unsupported-feature',
  'unsupported-stanza-type',
  'unsupported-version',
] as const;

export type StreamErrorCondition = (typeof STREAM_ERROR_CONDITIONS)[number];

/** The peer broke the stream's rules, or we must end the stream: the stream is closed with this error. RFC 6120 §4.9 */
export class StreamError extends Error {
  /** An element of an extension's own namespace that says more. RFC 6120 §4.9.4 */
  readonly application: Element | undefined;

  constructor(
    readonly condition: StreamErrorCondition,
    readonly text?: string,
    options?: { cause?: unknown; application?: Element },
  ) {
    super(text === undefined ? condition : `${condition}: ${text}`, options);
    this.name = 'StreamError';
    this.application = options?.application;
  }

  /**
   * The error element with the prefix `stream`, which every stream header of ours declares. A WebSocket frame stands
   * alone and needs the declaration inside: RFC 7395 §3.5, `toXml({ declarePrefix: true })`.
   */
  toXml(options: { declarePrefix?: boolean } = {}): string {
    const declaration = options.declarePrefix === true ? ` xmlns:stream="${NS.stream}"` : '';
    const text =
      this.text === undefined ? '' : `<text xmlns="${NS.streams}" xml:lang="en">${escapeText(this.text)}</text>`;
    const more = this.application ? serialize(this.application) : '';
    return `<stream:error${declaration}><${this.condition} xmlns="${NS.streams}"/>${text}${more}</stream:error>`;
  }
}
