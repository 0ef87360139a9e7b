import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { promisify } from 'node:util';
import type { ChallengeAnswers } from '@interoffice/pki';
import { Failure } from '@interoffice/telemetry';

const PATH = '/.well-known/acme-challenge/';
const DNS_WITHIN_MS = 120_000;

/**
 * Answers challenges over HTTP on this address, which is listened on only while there are some. RFC 8555 §8.3. Publishing
 * rejects with PORT_BUSY.
 */
export function overHttp(at: { readonly host: string; readonly port: number }): ChallengeAnswers {
  const contents = new Map<string, string>();
  let server: Promise<Server> | undefined;
  const open = async (): Promise<Server> => {
    const made = createServer({ maxHeaderSize: 8_192, requestTimeout: 10_000 }, (request, response) => {
      const { method, url = '' } = request;
      const content = method === 'GET' && url.startsWith(PATH) ? contents.get(url.slice(PATH.length)) : undefined;
      response.writeHead(content === undefined ? 404 : 200, { 'content-type': 'application/octet-stream' });
      response.end(content ?? '');
    });
    made.maxConnections = 50;
    made.listen(at.port, at.host);
    try {
      await once(made, 'listening');
      return made;
    } catch (cause) {
      const text = `${at.host}:${at.port} cannot be listened on for the challenges of certificate.renew.acme.http.`;
      throw new Failure('PORT_BUSY', text, { cause });
    }
  };
  return {
    http: async ({ token, content }) => {
      contents.set(token, content);
      try {
        await (server ??= open());
      } catch (error) {
        server = undefined;
        contents.delete(token);
        throw error;
      }
      return async () => {
        contents.delete(token);
        if (contents.size > 0 || !server) return;
        const closing = await server;
        server = undefined;
        closing.closeAllConnections();
        await new Promise((resolve) => closing.close(resolve));
      };
    },
  };
}

/** Answers challenges by a program that publishes TXT records. RFC 8555 §8.4. Publishing rejects with CHALLENGE_PROGRAM. */
export function overDns([program = '', ...args]: readonly string[]): ChallengeAnswers {
  const call = async (what: 'publish' | 'withdraw', record: string, value: string): Promise<void> => {
    try {
      // No shell reads the words; the value is base64url.
      await promisify(execFile)(program, [...args, what, record, value], {
        timeout: DNS_WITHIN_MS,
        killSignal: 'SIGKILL',
      });
    } catch (cause) {
      throw new Failure('CHALLENGE_PROGRAM', `${program} could not ${what} the TXT record ${record}.`, { cause });
    }
  };
  return {
    dns: async ({ record, value }) => {
      await call('publish', record, value);
      return () => call('withdraw', record, value);
    },
  };
}
