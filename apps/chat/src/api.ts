/** A one-time token in place of a password, good for one log-in within a minute. */
export interface ChatToken {
  readonly jid: string;
  readonly token: string;
}

/** Nobody is logged in, or no longer. */
export class NotLoggedIn extends Error {}

const ANSWER_WITHIN_MS = 10_000;
/** Shorter: after a sleep the browser tries the connections first that it had before, and those are dead. */
const TOKEN_WITHIN_MS = 4000;

async function post(path: string, body: object = {}, limitMs: number = ANSWER_WITHIN_MS): Promise<Response> {
  const response = await reach(`/api/v1/${path}`, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(limitMs),
  });
  if (response.status === 401) throw new NotLoggedIn(await explain(response));
  if (!response.ok) throw new Error(await explain(response));
  return response;
}

/** With a sentence for people in place of the browser's, which is another in each browser. */
async function reach(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    throw new Error(isLate ? 'The server did not answer.' : 'The server could not be reached.', { cause: error });
  }
}

/** The sentence of the problem (RFC 9457), or a plain one. */
async function explain(response: Response): Promise<string> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; title?: string };
  return problem.detail ?? problem.title ?? `The server answered ${response.status}.`;
}

export async function logIn(jid: string, password: string): Promise<void> {
  await post('login', { jid, password });
}

export async function logOut(): Promise<void> {
  await post('logout');
}

/** Throws NotLoggedIn when the browser has no session. */
export async function chatToken(): Promise<ChatToken> {
  return (await (await post('chat/token', {}, TOKEN_WITHIN_MS)).json()) as ChatToken;
}
