/** A payload does not keep to its specification: for an IQ that is a `bad-request`. The message is a sentence for its author. */
export class PayloadMalformed extends Error {
  readonly code = 'PAYLOAD_MALFORMED';

  constructor(message: string) {
    super(message);
    this.name = 'PayloadMalformed';
  }
}
