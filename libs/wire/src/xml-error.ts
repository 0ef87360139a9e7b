import type { StreamErrorCondition } from './stream-error.js';

/** The stream-level conditions broken XML can lead to. RFC 6120 §4.9.3, §11 */
export type XmlErrorCondition = Extract<
  StreamErrorCondition,
  | 'not-well-formed'
  | 'restricted-xml'
  | 'policy-violation'
  | 'unsupported-encoding'
  | 'invalid-namespace'
  | 'bad-namespace-prefix'
  | 'bad-format'
>;

/** The peer's bytes are not the XML a stream allows. The stream cannot go on: nothing after the fault is read. */
export class XmlError extends Error {
  constructor(
    readonly condition: XmlErrorCondition,
    message: string,
  ) {
    super(message);
    this.name = 'XmlError';
  }
}
