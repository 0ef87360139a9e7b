import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { permissionsOf, type Permission } from '@interoffice/contract';
import type { Directory } from '@interoffice/directory';
import type { Clock, Log } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import type { FastifyRequest } from 'fastify';
import type { ApiSessions } from '../login/api-sessions.js';
import { sessionToken } from '../login/session-cookie.js';
import { inTime } from '../in-time.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import { identify, NEEDS, type Identity } from './permission.js';
import { RecentIdentities } from './recent-identities.js';

/** Whoever asks for the status hears within seconds, whatever the database does. */
const LONGEST_LOOK_MS = 1000;

/**
 * The one guard of all routes. It looks at the handler that is about to run, never at the path, so that no spelling of
 * a path gets around it. State and role are read anew for every request: whoever is suspended or demoted is so at once.
 * The one exception: while the database does not answer, who was let in shortly before may still see the status.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  readonly #reflector: Reflector;
  readonly #sessions: ApiSessions;
  readonly #directory: Directory;
  readonly #log: Log;
  readonly #recent: RecentIdentities;

  constructor(
    @Inject(Reflector) reflector: Reflector,
    @Inject(PORT.apiSessions) sessions: ApiSessions,
    @Inject(PORT.directory) directory: Directory,
    @Inject(PORT.log) log: Log,
    @Inject(PORT.clock) clock: Clock,
  ) {
    this.#reflector = reflector;
    this.#sessions = sessions;
    this.#directory = directory;
    this.#log = log;
    this.#recent = new RecentIdentities(clock);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const needs = this.#reflector.get<readonly Permission[] | undefined>(NEEDS, context.getHandler());
    if (needs === undefined) throw new Error('a route without a declared permission');
    if (needs.length === 0) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const identity = needs.includes('status:read')
      ? await this.#identifyAnyway(request)
      : await this.#identify(request);
    if (!needs.some((permission) => identity.permissions.includes(permission))) {
      const { jid, role } = identity.account;
      this.#log.warn('api.access.refused', { account: jid.bare, role, needs: needs.join() });
      throw new ProblemError('NOT_PERMITTED');
    }
    identify(request, identity);
    return true;
  }

  /** Whoever looks whether everything works must not depend on all of it: who was let in a while ago is known. */
  async #identifyAnyway(request: FastifyRequest): Promise<Identity> {
    const token = sessionToken(request.headers);
    try {
      const identity = await inTime(this.#identify(request), LONGEST_LOOK_MS);
      if (token !== undefined) this.#recent.remember(token, identity);
      return identity;
    } catch (error) {
      if (token === undefined) throw error;
      if (error instanceof ProblemError) this.#recent.forget(token);
      const known = this.#recent.find(token);
      if (!known) throw error;
      return known;
    }
  }

  async #identify(request: FastifyRequest): Promise<Identity> {
    const token = sessionToken(request.headers);
    const session = token === undefined ? undefined : await this.#sessions.use(token);
    const account = session && (await this.#directory.find(parseJid(session.bare)));
    if (!session || account?.state !== 'active') throw new ProblemError('NOT_LOGGED_IN');
    const { hash, expiresAt } = session;
    return { account, permissions: permissionsOf(account.role), sessionHash: hash, expiresAt };
  }
}
