import type { C2sStream } from '@interoffice/stream';
import type { StreamError } from '@interoffice/wire';

/**
 * Where what is sent to a session goes: the stream of a client of ours or, for somebody at another server, the line to
 * that server.
 */
export interface Outlet {
  readonly isOpen: boolean;
  readonly remoteAddress: string;
  /** `isChoked`: it has been sent much that it has not taken. */
  readonly connection: Pick<C2sStream['connection'], 'isChoked' | 'bufferedBytes' | 'kind' | 'secure'>;
  /** Complete stanzas, copied before it returns. */
  send(bytes: Buffer, start: number, end: number): void;
  sendText(text: string): void;
  askForAck(): void;
  /** What was sent is not acknowledged, and no more may be kept: the stream has to be made again. */
  unacknowledging(): void;
  fail(error: StreamError): void;
}
