import { Controller, Delete, Get, HttpCode, Inject, Param, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { readRange, readSort, SessionList, SessionListQuery, type Session } from '@interoffice/contract';
import { Permission, RemoteAddress, Who, type Identity } from '../access/permission.js';
import type { AuditLog } from '../audit/audit-log.js';
import { answers } from '../openapi/answers.js';
import { PORT, type LiveSession, type LiveSessions } from '../ports.js';
import { ProblemError } from '../problem.js';

/** Who is connected now. */
@ApiTags('sessions')
@Controller('api/v1/sessions')
export class SessionsController {
  readonly #sessions: LiveSessions;
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.sessions) sessions: LiveSessions, @Inject(PORT.audit) audit: AuditLog) {
    this.#sessions = sessions;
    this.#audit = audit;
  }

  @Get()
  @Permission('sessions:read')
  @ApiResponse(answers(200, SessionList))
  async list(@Query({ schema: SessionListQuery }) query: SessionListQuery): Promise<SessionList> {
    const wanted = (query.text ?? '').toLowerCase();
    const { field, descending } = readSort(query.sort);
    const all = (await this.#sessions.list()).map(sessionOf).filter((session) => mentions(session, wanted));
    const sorted = all.sort((a, b) => compare(a, b, field) * (descending ? -1 : 1));
    const { offset, limit } = readRange(query.range);
    return { items: sorted.slice(offset, offset + limit), total: all.length };
  }

  @Delete(':id')
  @HttpCode(204)
  @Permission('sessions:end')
  async disconnect(@Param('id') id: string, @Who() who: Identity, @RemoteAddress() address: string): Promise<void> {
    const { jid, role } = who.account;
    const session = (await this.#sessions.list()).find((one) => one.id === id);
    if (!session) throw new ProblemError('NOT_FOUND');
    const subject = `${session.bare}/${session.device}`;
    await this.#audit.record({ actor: jid.bare, role, action: 'session.disconnect', subject, details: {}, address });
    if (!(await this.#sessions.disconnect(id))) throw new ProblemError('NOT_FOUND');
  }
}

function sessionOf(session: LiveSession): Session {
  const { id, bare, device, sinceMs, address, over, encrypted } = session;
  return { id, jid: bare, device, since: new Date(sinceMs).toISOString(), address, over, encrypted };
}

function mentions({ jid, device, address = '' }: Session, wanted: string): boolean {
  return [jid, device, address].some((text) => text.toLowerCase().includes(wanted));
}

function compare(a: Session, b: Session, field: string): number {
  const key = (session: Session): string => {
    if (field === 'since') return session.since;
    return field === 'address' ? (session.address ?? '') : `${session.jid}/${session.device}`;
  };
  return key(a) < key(b) ? -1 : 1;
}
