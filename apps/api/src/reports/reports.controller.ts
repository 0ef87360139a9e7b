import { Body, Controller, Get, Inject, Param, Patch, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { readRange, readSort, Report, ReportChange, ReportList, ReportListQuery } from '@interoffice/contract';
import type { Clock } from '@interoffice/telemetry';
import { type Identity, Permission, RemoteAddress, Who } from '../access/permission.js';
import type { AuditLog } from '../audit/audit-log.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import type { KeptReport, ReportQueue } from './report-queue.js';

/** What people report of those they block, and who has dealt with it. */
@ApiTags('reports')
@Controller('api/v1/reports')
export class ReportsController {
  readonly #queue: ReportQueue;
  readonly #audit: AuditLog;
  readonly #clock: Clock;

  constructor(
    @Inject(PORT.reports) queue: ReportQueue,
    @Inject(PORT.audit) audit: AuditLog,
    @Inject(PORT.clock) clock: Clock,
  ) {
    this.#queue = queue;
    this.#audit = audit;
    this.#clock = clock;
  }

  @Get()
  @Permission('peers:read')
  @ApiResponse(answers(200, ReportList))
  async list(
    @Query({ schema: ReportListQuery }) { state, text, sort, range }: ReportListQuery,
    @Who() who: Identity,
  ): Promise<ReportList> {
    const { descending } = readSort(sort);
    const scope = who.account.roleScope;
    const { reports, total } = await this.#queue.list({ state, text, descending, scope, ...readRange(range) });
    return { items: reports.map(reportOf), total };
  }

  /** Written to the audit log first. */
  @Patch(':id')
  @Permission('peers:write')
  @ApiResponse(answers(200, Report))
  async change(
    @Param('id') id: string,
    @Body({ schema: ReportChange }) { state }: ReportChange,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<Report> {
    const { jid, role, roleScope } = who.account;
    const report = await this.#queue.find(id, roleScope);
    if (!report) throw new ProblemError('NOT_FOUND', `There is no report ${id}.`);
    const details = { about: report.about, reporter: report.reporter };
    const action = state === 'done' ? 'report.done' : 'report.reopen';
    await this.#audit.record({ actor: jid.bare, role, action, subject: id, details, address });
    const atMs = this.#clock.now();
    await this.#queue.handle(id, { state, by: jid.bare, atMs });
    return reportOf((await this.#queue.find(id, roleScope))!);
  }
}

function reportOf({ atMs, handledAtMs, handledBy, messages, ...same }: KeptReport): Report {
  return {
    ...same,
    messages: [...messages],
    at: new Date(atMs).toISOString(),
    ...(handledAtMs !== undefined && { handledAt: new Date(handledAtMs).toISOString() }),
    ...(handledBy !== undefined && { handledBy }),
  };
}
