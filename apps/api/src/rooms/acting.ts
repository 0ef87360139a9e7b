import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Jid } from '@interoffice/wire';
import type { FastifyRequest } from 'fastify';
import { identityOf } from '../access/permission.js';

/** Who acts on rooms, for which office, and from where. */
export interface Acting {
  /** As the audit log names them. */
  readonly actor: string;
  readonly role: string;
  readonly address: string;
  /** As the journal names them. */
  readonly jid: Jid;
  /** An office; `*` is all. */
  readonly scope: string;
}

/** A controller's parameter: who acts. */
export const By = createParamDecorator((_: unknown, context: ExecutionContext): Acting => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const { jid, role, roleScope } = identityOf(request).account;
  return { actor: jid.bare, role, address: request.ip, jid, scope: roleScope };
});

/** Whether this office is theirs. */
export function isFor({ scope }: Acting, office: string): boolean {
  return scope === '*' || scope === office;
}
