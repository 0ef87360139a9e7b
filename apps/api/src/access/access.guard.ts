import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { permissionsOf, type Permission } from '@interoffice/contract';
import type { Directory } from '@interoffice/directory';
import type { Log } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import type { FastifyRequest } from 'fastify';
import type { ApiSessions } from '../login/api-sessions.js';
import { sessionToken } from '../login/session-cookie.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import { identify, NEEDS, type Identity } from './permission.js';

/**
 * The one guard of all routes. It looks at the handler that is about to run, never at the path, so that no spelling of
 * a path gets around it. State and role are read anew for every request: whoever is suspended or demoted is so at once.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  readonly #reflector: Reflector;
  readonly #sessions: ApiSessions;
  readonly #directory: Directory;
  readonly #log: Log;

  constructor(
    @Inject(Reflector) reflector: Reflector,
    @Inject(PORT.apiSessions) sessions: ApiSessions,
    @Inject(PORT.directory) directory: Directory,
    @Inject(PORT.log) log: Log,
  ) {
    this.#reflector = reflector;
    this.#sessions = sessions;
    this.#directory = directory;
    this.#log = log;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const needs = this.#reflector.get<readonly Permission[] | undefined>(NEEDS, context.getHandler());
    if (needs === undefined) throw new Error('a route without a declared permission');
    if (needs.length === 0) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const identity = await this.#identify(request);
    if (!needs.some((permission) => identity.permissions.includes(permission))) {
      const { jid, role } = identity.account;
      this.#log.warn('api.access.refused', { account: jid.bare, role, needs: needs.join() });
      throw new ProblemError('NOT_PERMITTED');
    }
    identify(request, identity);
    return true;
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
