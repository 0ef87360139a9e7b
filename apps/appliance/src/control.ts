import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { describeError, Failure } from '@interoffice/telemetry';

/** An operation of the running appliance: takes JSON, gives JSON; what it reports on the way is shown as progress. */
export type Operation = (
  input: Readonly<Record<string, unknown>>,
  report: (progress: Progress) => void,
) => Promise<unknown>;

export interface Progress {
  readonly done: number;
  readonly total: number;
}

export type Operations = Readonly<Record<string, Operation>>;

/** The largest request: 10,000 people in one import are about 1 MB. */
const MOST_BYTES = 16 * 1024 * 1024;

export function controlSocketOf(dataDir: string): string {
  return path.join(dataDir, 'control.sock');
}

/**
 * How `interoffice …` reaches a running appliance: HTTP on a Unix socket only the owner may open. Each answer is lines of
 * JSON: any number of `{"progress"}`, then one `{"result"}` or `{"error":{"code","message"}}`.
 */
export class Control {
  readonly #server: Server;

  constructor(
    private readonly socket: string,
    operations: Operations,
  ) {
    this.#server = createServer((request, response) => void answer(operations, request, response));
  }

  async listen(): Promise<void> {
    rmSync(this.socket, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(this.socket, resolve);
    });
    chmodSync(this.socket, 0o600);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.socket, { force: true });
  }
}

async function answer(operations: Operations, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const say = (line: object): void => void response.write(`${JSON.stringify(line)}\n`);
  response.setHeader('content-type', 'application/x-ndjson');
  try {
    const name = (request.url ?? '').slice(1);
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!operation) throw new Failure('UNKNOWN_OPERATION', `This version knows no operation ${name}.`);
    say({ result: (await operation(await readJson(request), (progress) => say({ progress }))) ?? null });
  } catch (error) {
    const code = error instanceof Failure ? error.code : 'INTERNAL';
    say({ error: { code, message: error instanceof Failure ? error.message : describeError(error) } });
  }
  response.end();
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Failure('REQUEST_TOO_LARGE', 'The request is larger than 16 MB; do it in parts.');
    chunks.push(chunk);
  }
  const value: unknown = size === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof value !== 'object' || value === null)
    throw new Failure('MALFORMED_REQUEST', 'The request is not a JSON object.');
  return value as Record<string, unknown>;
}
