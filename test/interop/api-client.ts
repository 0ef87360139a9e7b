import { request } from 'node:https';
import type { RunningAppliance } from './appliance.js';

/** The REST API of a running appliance, as a program of somebody's uses it. */
export class ApiClient {
  private constructor(
    private readonly appliance: RunningAppliance,
    private readonly token: string,
  ) {}

  static async logIn(appliance: RunningAppliance, jid: string, password: string): Promise<ApiClient> {
    const { token } = await ask<{ token: string }>(appliance, 'login', { body: { jid, password, token: true } });
    return new ApiClient(appliance, token);
  }

  /** Rejects with the problem when the answer is not a success. */
  get<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
    return ask<T>(this.appliance, `${path}?${new URLSearchParams(query).toString()}`, { token: this.token });
  }

  post<T>(path: string, body: object): Promise<T> {
    return ask<T>(this.appliance, path, { token: this.token, body });
  }
}

interface Asked {
  readonly body?: object;
  readonly token?: string;
}

function ask<T>(appliance: RunningAppliance, path: string, { body, token }: Asked): Promise<T> {
  const options = {
    host: 'localhost',
    port: appliance.port('https'),
    path: `/api/v1/${path}`,
    method: body ? 'POST' : 'GET',
    ca: appliance.ca,
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => {
        if (answer.statusCode! < 300) resolve(JSON.parse(text) as T);
        else reject(new Error(`${options.method} ${path}: ${answer.statusCode} ${text}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body && JSON.stringify(body));
  });
}
