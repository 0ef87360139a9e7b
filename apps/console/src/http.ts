import { Problem } from '@interoffice/contract';
import { HttpError } from 'react-admin';
import type { z } from 'zod';

const BASE = '/api/v1';

/** What a request to the API says beside its path. */
export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: object;
}

/** Asks the API and checks the answer. Rejects with an HttpError whose message is the problem's own sentence. */
export async function ask<S extends z.ZodType>(schema: S, path: string, call: Call = {}): Promise<z.infer<S>> {
  return schema.parse(await (await fetchChecked(path, call)).json());
}

/** Asks for something that has no answer but success. */
export async function tell(path: string, call: Call): Promise<void> {
  await fetchChecked(path, call);
}

async function fetchChecked(path: string, { method = 'GET', query = {}, body }: Call): Promise<Response> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  const response = await fetch(`${BASE}${path}${search === '' ? '' : `?${search}`}`, {
    method,
    credentials: 'same-origin',
    headers: { accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch(() => {
    throw new HttpError('The server does not answer. Check the network and try again.', 503);
  });
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<HttpError> {
  const read = Problem.safeParse(await response.json().catch(() => undefined));
  if (!read.success) return new HttpError(`The server answered ${response.status}.`, response.status);
  const { title, detail } = read.data;
  return new HttpError(detail === undefined ? `${title}.` : `${title}. ${detail}`, response.status, read.data);
}
