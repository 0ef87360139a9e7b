import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { AuditList, AuditListQuery, readRange, readSort, type AuditEntry } from '@interoffice/contract';
import { Permission, Who, type Identity } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import type { AuditLog, RecordedDeed } from './audit-log.js';

/** Who looked at what, and who changed what. */
@ApiTags('audit')
@Controller('api/v1/audit')
export class AuditController {
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.audit) audit: AuditLog) {
    this.#audit = audit;
  }

  @Get()
  @Permission('audit:read', 'audit:read-own')
  @ApiResponse(answers(200, AuditList))
  async list(@Query({ schema: AuditListQuery }) query: AuditListQuery, @Who() who: Identity): Promise<AuditList> {
    const ownOnly = !who.permissions.includes('audit:read');
    const actor = ownOnly ? who.account.jid.bare : query.actor;
    const { descending } = readSort(query.sort);
    const { deeds, total } = await this.#audit.list({
      actor,
      action: query.action,
      descending,
      ...readRange(query.range),
    });
    return { items: deeds.map(entryOf), total };
  }
}

function entryOf(deed: RecordedDeed): AuditEntry {
  const { id, atMs, actor, role, action, subject, reason, details, address } = deed;
  return {
    id,
    at: new Date(atMs).toISOString(),
    actor,
    role,
    action,
    subject,
    reason,
    details: { ...details },
    address,
  };
}
