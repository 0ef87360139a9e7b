import type net from 'node:net';
import { proxyFailure } from './dial-failure.js';

/** More than any proxy has to say before it is a mere line. */
const MOST_BYTES = 8192;

/** How long the answer is, once that can be known. Throws a DialFailure when what came is no answer, or a refusal. */
export type LengthOf = (bytes: Buffer) => number | undefined;

/**
 * Sends a question to a proxy; resolves with its whole answer, and leaves the socket paused with nothing behind it. What
 * comes with the answer and is not of it breaks the rules: a server speaks only when it was spoken to, so that nobody but
 * the proxy can have said it. Rejects with a DialFailure, or with what the socket was destroyed for.
 */
export function ask(socket: net.Socket, question: Buffer, lengthOf: LengthOf): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const leave = (): void => {
      socket.off('data', came).off('end', ended).off('close', ended).off('error', failed).pause();
    };
    const failed = (error: Error): void => {
      leave();
      reject(error);
    };
    const ended = (): void => failed(proxyFailure('proxy-closed'));
    const came = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      try {
        if (!isWhole(bytes, lengthOf(bytes))) return;
        leave();
        resolve(bytes);
      } catch (error) {
        failed(error as Error);
      }
    };
    socket.on('data', came).on('end', ended).on('close', ended).on('error', failed).resume();
    socket.write(question);
  });
}

function isWhole(bytes: Buffer, length: number | undefined): boolean {
  if ((length ?? bytes.length) > MOST_BYTES) throw proxyFailure('proxy-protocol', 'too long');
  if (length === undefined || bytes.length < length) return false;
  if (bytes.length > length) throw proxyFailure('proxy-protocol', 'bytes behind its answer');
  return true;
}
