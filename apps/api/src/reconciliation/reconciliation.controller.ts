import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  GapAcknowledgement,
  type ReconciledStretch,
  ReconciliationHistory,
  ReconciliationNumber,
  ReconciliationQuery,
} from '@interoffice/contract';
import { type Identity, Permission, RemoteAddress, Who } from '../access/permission.js';
import type { AuditLog } from '../audit/audit-log.js';
import { answers } from '../openapi/answers.js';
import { PORT, type Reconciled } from '../ports.js';
import { ProblemError } from '../problem.js';

/** Whether everything that was accepted is archived. It names streams, never content. */
@ApiTags('archive')
@Controller('api/v1/archive/reconciliations')
export class ReconciliationController {
  readonly #reconciled: Reconciled | undefined;
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.reconciliation) reconciled: Reconciled | undefined, @Inject(PORT.audit) audit: AuditLog) {
    this.#reconciled = reconciled;
    this.#audit = audit;
  }

  @Get()
  @Permission('seal:read')
  @ApiResponse(answers(200, ReconciliationHistory))
  async list(
    @Query({ schema: ReconciliationQuery }) { before, limit }: ReconciliationQuery,
  ): Promise<ReconciliationHistory> {
    if (!this.#reconciled) return { items: [], openGaps: 0 };
    const { openGaps, agreedAtMs, problem } = this.#reconciled;
    const items = (await this.#reconciled.history(limit, before)).map(stretchOf);
    return { items, openGaps, agreedAt: agreedAtMs === undefined ? undefined : iso(agreedAtMs), problem };
  }

  /** Written to the audit log first. */
  @Post(':number/acknowledge')
  @HttpCode(204)
  @Permission('gaps:acknowledge')
  async acknowledge(
    @Param('number', { schema: ReconciliationNumber }) number: string,
    @Body({ schema: GapAcknowledgement }) { reason }: GapAcknowledgement,
    @Who() { account: { jid, role } }: Identity,
    @RemoteAddress() address: string,
  ): Promise<void> {
    const action = 'archive.gap.acknowledge';
    await this.#audit.record({ actor: jid.bare, role, action, subject: number, reason, details: {}, address });
    if ((await this.#reconciled?.acknowledge(number, jid.bare)) !== true)
      throw new ProblemError('NOT_FOUND', `There is no gap ${number} that nobody has acknowledged.`);
  }
}

function stretchOf({
  fromMs,
  toMs,
  gaps,
  edges,
  ...rest
}: Awaited<ReturnType<Reconciled['history']>>[number]): ReconciledStretch {
  return { ...rest, from: iso(fromMs), to: iso(toMs), gaps: [...gaps], edges: [...edges] };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
