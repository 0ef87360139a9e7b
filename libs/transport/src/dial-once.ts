import type net from 'node:net';
import { DialFailure } from './dial-failure.js';

export interface Wanted<T> {
  readonly stage: DialFailure['stage'];
  readonly withinMs: number;
  /** Called in the very event: a turn later Node has forgotten the peer's chain. */
  readonly take: () => T;
}

/** Waits for the event, leaving nothing of its own on the socket; destroys it when that does not come. Rejects with DialFailure. */
export function once<T>(
  socket: net.Socket,
  event: 'connect' | 'secure',
  { stage, withinMs, take }: Wanted<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (code: string, cause?: Error): void => {
      leave();
      // What still happens to it concerns nobody.
      socket.on('error', nothing).destroy();
      reject(new DialFailure(stage, code, cause));
    };
    const failed = (error: NodeJS.ErrnoException): void => fail(error.code ?? error.message, error);
    const closed = (): void => fail('closed');
    const done = (): void => {
      leave();
      resolve(take());
    };
    const timer = setTimeout(() => fail('timeout'), withinMs);
    const leave = (): void => {
      clearTimeout(timer);
      socket.off('error', failed).off('close', closed).off(event, done);
    };
    socket.on('error', failed).on('close', closed).once(event, done);
  });
}

export const nothing = (): void => undefined;
