import { LoggedIn, Me, type Permission } from '@interoffice/contract';
import type { AuthProvider } from 'react-admin';
import { ask, tell } from './http.js';

/** Who is logged in, as the server last said; asked again after a reload. */
let me: Promise<Me> | undefined;

function whoAmI(): Promise<Me> {
  me ??= ask(Me, '/me').catch((error: unknown) => {
    me = undefined;
    throw error;
  });
  return me;
}

/** Log-in by session cookie: the console never holds a token, and its script could not read the cookie. */
export const authProvider: AuthProvider = {
  async login({ username, password }: { username: string; password: string }) {
    const answer = await ask(LoggedIn, '/login', { method: 'POST', body: { jid: username, password } });
    me = Promise.resolve(answer.me);
  },
  async logout() {
    const wasIn = me !== undefined;
    me = undefined;
    // Somebody whose session has ended already is out all the same.
    if (wasIn) await tell('/logout', { method: 'POST' }).catch(() => undefined);
  },
  async checkAuth() {
    await whoAmI();
  },
  async checkError({ status }: { status?: number }) {
    if (status !== 401) return;
    me = undefined;
    throw new Error('Log in again: the session has ended.');
  },
  async getPermissions(): Promise<readonly Permission[]> {
    return (await whoAmI()).permissions;
  },
  async getIdentity() {
    const { jid, name } = await whoAmI();
    return { id: jid, fullName: name ?? jid };
  },
};
