import { type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { Failure } from '@interoffice/telemetry';

export interface Progress {
  readonly done: number;
  readonly total: number;
}

type Line = { progress: Progress } | { result: unknown } | { error: { code: string; message: string } };

/** Asks the appliance that runs on this data directory. Rejects with its Failure, or NOT_RUNNING when there is none. */
export async function ask(
  dataDir: string,
  operation: string,
  input: object,
  onProgress?: (at: Progress) => void,
): Promise<unknown> {
  const response = await open(path.join(dataDir, 'control.sock'), operation, JSON.stringify(input));
  for await (const text of linesOf(response)) {
    const line = JSON.parse(text) as Line;
    if ('result' in line) return line.result;
    if ('error' in line) throw new Failure(line.error.code, line.error.message);
    onProgress?.(line.progress);
  }
  throw new Failure('CONNECTION_LOST', 'The appliance stopped before it had answered.');
}

async function* linesOf(response: IncomingMessage): AsyncIterable<string> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
}

function open(socketPath: string, operation: string, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request({ socketPath, method: 'POST', path: `/${operation}`, headers }, resolve);
    call.on('error', (cause) =>
      reject(
        new Failure(
          'NOT_RUNNING',
          `No appliance answers at ${socketPath}; start it with "interoffice up", or name its data directory with --data-dir.`,
          { cause },
        ),
      ),
    );
    call.end(body);
  });
}
