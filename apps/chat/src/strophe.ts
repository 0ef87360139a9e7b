import type { LastingStream } from './stream/lasting-stream.js';

/** The part of Strophe's connection that is used here. */
export interface StropheConnection {
  _proto: object;
  connected: boolean;
  readonly authenticated: boolean;
  do_bind: boolean;
  features: Element | null;
  send(stanza: Element): void;
  /** Calls for every stanza that fits, as long as the callback returns true and the connection lasts. */
  addHandler(callback: (stanza: Element) => boolean, namespace: string, name: string): void;
  _doDisconnect(): void;
  _changeConnectStatus(status: number, condition: string | null): void;
}

/** Strophe's own transport over a WebSocket, as far as it is replaced. */
interface StropheWebsocket {
  socket: { readonly readyState: number; send(text: string): void } | null;
  _onMessage(event: { readonly data: string }): void;
}

/** The part of Strophe that Converse makes public. */
export interface Strophe {
  readonly Status: Readonly<Record<'BINDREQUIRED' | 'CONNFAIL', number>>;
  readonly Websocket: new (connection: StropheConnection) => StropheWebsocket;
}

/**
 * COMPAT(strophe.js, 4.0): lets a connection of Strophe speak over the lasting stream in place of a WebSocket of its own.
 * Strophe binds the resource and everything after it; opening the stream, log-in and resumption happen below it. Throws
 * when Strophe's transport is not what we know.
 */
export function carry(connection: StropheConnection, stream: LastingStream, { Status, Websocket }: Strophe): void {
  for (const name of ['_connect', '_disconnect', '_doDisconnect', '_onMessage', '_onIdle'] as const) {
    if (!(name in Websocket.prototype)) throw new Error(`Strophe's transport has no ${name}: has its release changed?`);
  }

  class Carried extends Websocket {
    _connect(): void {
      this.socket = { readyState: WebSocket.OPEN, send: (text) => stream.send(text) };
      stream.begin({
        ready: ({ text }) => {
          connection.features = new DOMParser().parseFromString(text, 'text/xml').documentElement;
          connection.connected = connection.do_bind = true;
          connection._changeConnectStatus(Status.BINDREQUIRED, null);
        },
        frame: (text) => this._onMessage({ data: text }),
        lost: () => {
          // Otherwise Converse takes a loss before the first session for a server that does not exist, and gives up.
          connection._changeConnectStatus(Status.CONNFAIL, null);
          connection._doDisconnect();
        },
      });
    }

    _disconnect(presence?: Element): void {
      if (presence) connection.send(presence);
      setTimeout(() => connection._doDisconnect(), 0);
    }

    _doDisconnect(): void {
      stream.leave();
    }
  }

  connection._proto = new Carried(connection);
}
