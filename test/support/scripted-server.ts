import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { TestCertificate } from './certificates.js';

/** The header of a server's stream; as any server would open one. */
export const header = (from: string, version = " version='1.0'"): string =>
  `<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='x' from='${from}'${version}>`;
export const FEATURES = (inside: string): string => `<stream:features>${inside}</stream:features>`;
export const STARTTLS = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>`;
export const PROCEED = `<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`;
export const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
export const mechanism = (name: string): string =>
  `<mechanisms xmlns='${SASL}'><mechanism>${name}</mechanism></mechanisms>`;

export interface ScriptedServer {
  readonly port: number;
  close(): void;
  /** Everything that came in. */
  heard(): string;
  /** Resolves when something more has. */
  hears(): Promise<void>;
}

/** Answers whoever calls with these texts, one after another, each when something has come in; the text `tls` begins TLS. */
export async function scriptedServer(shows: TestCertificate, lines: readonly string[]): Promise<ScriptedServer> {
  let heard = '';
  const waiting: (() => void)[] = [];
  const key = await shows.keyPem();
  const cert = shows.chainPem;
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((plain) => {
    sockets.add(plain.on('error', () => undefined));
    let left = [...lines];
    const answer = (socket: net.Socket) => (chunk: Buffer) => {
      heard += chunk.toString();
      for (const resolve of waiting.splice(0)) resolve();
      const next = left.shift();
      if (next !== undefined) socket.write(next);
      if (left[0] !== 'tls') return;
      left = left.slice(1);
      socket.removeAllListeners('data');
      const secured = new tls.TLSSocket(socket, {
        isServer: true,
        key,
        cert,
        requestCert: true,
        rejectUnauthorized: false,
      });
      secured.on('error', () => undefined).on('data', answer(secured));
    };
    plain.on('data', answer(plain));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  };
  const hears = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  return { port: (listener.address() as net.AddressInfo).port, close, heard: () => heard, hears };
}
