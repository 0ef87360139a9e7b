import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from './failure.js';
import type { Metrics } from './metrics.js';

/** What the listener tells. */
export interface Health {
  readonly metrics: Pick<Metrics, 'text'>;
  /** Undefined while the process does what it is there for; otherwise why it cannot. */
  readonly notReady: () => Promise<string | undefined>;
}

/** A listener that runs. */
export interface MetricsListener {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/live`, `/ready` and `/metrics` over plain HTTP, without a log-in, on an address of its own that only the
 * inside can reach. Rejects with PORT_BUSY.
 */
export async function startMetricsListener(
  at: { host: string; port: number },
  health: Health,
): Promise<MetricsListener> {
  const server = createServer((request, response) => {
    answer(request, health).then(
      ([status, type, body]) => respond(response, { status, type, body }),
      () => respond(response, { status: 500, type: 'text/plain', body: 'failed\n' }),
    );
  });
  server.listen(at.port, at.host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const what = `${at.host}:${at.port} cannot be listened on; choose another with INTEROFFICE_LISTEN__METRICS`;
    throw new Failure('PORT_BUSY', what, { cause });
  }
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

async function answer({ method, url }: IncomingMessage, health: Health): Promise<[number, string, string]> {
  if (method !== 'GET' && method !== 'HEAD') return [405, 'text/plain', 'only GET\n'];
  switch (url) {
    case '/live':
      return [200, 'text/plain', 'live\n'];
    case '/ready': {
      const why = await health.notReady();
      return why === undefined ? [200, 'text/plain', 'ready\n'] : [503, 'text/plain', `not ready: ${why}\n`];
    }
    case '/metrics':
      return [200, 'text/plain; version=0.0.4; charset=utf-8', await health.metrics.text()];
    default:
      return [404, 'text/plain', 'nothing here\n'];
  }
}

function respond(
  response: ServerResponse,
  { status, type, body }: { status: number; type: string; body: string },
): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
