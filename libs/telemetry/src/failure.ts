/**
 * We, or something we depend on, failed. `code` is stable and documented (docs/errors.md); the message says for a
 * person what happened, on which side, and what to do next; `cause` keeps the original.
 */
export class Failure extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'Failure';
  }
}
