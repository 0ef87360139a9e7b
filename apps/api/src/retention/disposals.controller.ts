import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  DisposalCertificate,
  DisposalPage,
  DisposalQuery,
  MessageId,
  RetentionExplanation,
  RetentionRuleId,
  ViewQuery,
} from '@interoffice/contract';
import { Permission, RemoteAddress, Who, type Identity } from '../access/permission.js';
import { noteLook } from '../archive/look.js';
import type { AuditLog } from '../audit/audit-log.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import { type Acting, By } from '../rooms/acting.js';
import type { Retention } from './retention.js';
import { disposalOf, ruleOf } from './retention-of.js';

/** What has gone, under which signed certificate, and what decides about one message. */
@ApiTags('retention')
@Controller('api/v1/retention')
export class DisposalsController {
  readonly #retention: Retention;
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.retention) retention: Retention, @Inject(PORT.audit) audit: AuditLog) {
    this.#retention = retention;
    this.#audit = audit;
  }

  @Get('disposals')
  @Permission('retention:read')
  @ApiResponse(answers(200, DisposalPage))
  async list(
    @Query({ schema: DisposalQuery }) { after, limit }: DisposalQuery,
    @By() by: Acting,
  ): Promise<DisposalPage> {
    const found = await this.#retention.certificates.list(by.scope, limit + 1, after);
    const items = found.slice(0, limit).map(disposalOf);
    const last = items.at(-1);
    return { items, ...(found.length > limit && last && { next: last.number }) };
  }

  @Get('disposals/:number/certificate')
  @Permission('retention:read')
  @ApiResponse(answers(200, DisposalCertificate))
  async certificate(
    @Param('number', { schema: RetentionRuleId }) number: string,
    @By() by: Acting,
  ): Promise<DisposalCertificate> {
    const note = await this.#retention.certificates.note(Number(number), by.scope);
    if (note === undefined) throw new ProblemError('NOT_FOUND');
    return { number: Number(number), note };
  }

  @Get('messages/:id')
  @Permission('archive:read')
  @ApiResponse(answers(200, RetentionExplanation))
  async explain(
    @Param('id', { schema: MessageId }) id: string,
    @Query({ schema: ViewQuery }) { reason }: ViewQuery,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<RetentionExplanation> {
    await noteLook(this.#audit, { action: 'retention.explain', subject: id, reason, details: {} }, { who, address });
    const found = await this.#retention.rules.explain(BigInt(`0x${id}`), who.account.roleScope);
    if (!found) throw new ProblemError('NOT_FOUND');
    const holds = found.holds.map(({ id: hold, name, matter }) => ({ id: hold, name, matter }));
    return { rules: found.rules.map(ruleOf), holds, isKept: found.isKept };
  }
}
