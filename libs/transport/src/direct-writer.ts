import type net from 'node:net';
import tls from 'node:tls';
import type { Done, Writer } from './writer.js';

/** One write on its way; the class is Node's own and has no public name. */
export interface WriteRequest {
  oncomplete?: (this: WriteRequest, status: number) => void;
  writer?: DirectWriter;
  bytes?: Buffer | undefined;
  done?: Done | undefined;
}

/** What lies under a socket of Node: not documented, so it is learned and tried at start (`Direct.learn`). */
export interface StreamHandle {
  writeBuffer(request: WriteRequest, bytes: Buffer): number;
  readonly writeQueueSize: number;
  useUserBuffer(buffer: Buffer): void;
}

/** A write is one call; what the system does not take at once it takes later, in order. */
export class DirectWriter implements Writer {
  pendingBytes = 0;
  #isEnding = false;
  /** TLS never says at once that something has left, and bears no second write before it has. */
  readonly #isPlain: boolean;
  #isBusy = false;
  #waiting: WriteRequest[] | undefined;

  constructor(
    private readonly socket: net.Socket,
    private readonly handle: StreamHandle | null,
    private readonly parts: { readonly Request: new () => WriteRequest; readonly drained: () => void },
  ) {
    this.#isPlain = !(socket instanceof tls.TLSSocket);
  }

  write(bytes: Buffer, done: Done): void {
    if (this.socket.destroyed) return;
    const request = new this.parts.Request();
    request.oncomplete = completed;
    request.writer = this;
    request.bytes = bytes;
    request.done = done;
    this.pendingBytes += bytes.length;
    if (this.#isBusy) (this.#waiting ??= []).push(request);
    else this.#write(request, bytes);
  }

  end(): void {
    this.#isEnding = true;
    if (this.pendingBytes === 0) this.socket.end();
  }

  /** Once for each request, however often it is heard of. */
  left(request: WriteRequest, error?: Error): void {
    const { bytes, done } = request;
    if (!bytes || !done) return;
    request.bytes = undefined;
    request.done = undefined;
    this.pendingBytes -= bytes.length;
    // What is written meanwhile waits behind what waits already.
    done(error);
    if (error) return void this.socket.destroy();
    this.#isBusy = false;
    const next = this.#waiting?.shift();
    if (next) this.#write(next, next.bytes!);
    else if (this.pendingBytes === 0) this.#drained();
  }

  #write(request: WriteRequest, bytes: Buffer): void {
    const { handle, socket } = this;
    this.#isBusy = !this.#isPlain;
    if (handle?.writeBuffer(request, bytes) !== 0) {
      // The close that follows tells the rest.
      socket.destroy();
      return;
    }
    // Taken by the system in this very call, as nearly always.
    if (this.#isPlain && handle.writeQueueSize === 0) this.left(request);
  }

  #drained(): void {
    this.parts.drained();
    if (this.#isEnding && this.pendingBytes === 0) this.socket.end();
  }
}

/** One function for all requests. */
function completed(this: WriteRequest, status: number): void {
  this.writer!.left(this, status < 0 ? new Error(`A write failed with ${status}.`) : undefined);
}
