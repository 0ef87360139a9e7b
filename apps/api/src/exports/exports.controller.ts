import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ExportJob, Exports } from '@interoffice/archive';
import { Export, ExportId, ExportList, ExportListQuery, NewExport, ViewQuery } from '@interoffice/contract';
import { type Identity, Permission, RemoteAddress, Who } from '../access/permission.js';
import { noteLook } from '../archive/look.js';
import type { AuditLog } from '../audit/audit-log.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import { askedFilter, exportOf } from './export-of.js';

/** Exports of the archive, for officers: those made for their offices. Each deed stands in the audit log first. */
@ApiTags('exports')
@Controller('api/v1/exports')
export class ExportsController {
  readonly #exports: Exports;
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.exports) exports: Exports, @Inject(PORT.audit) audit: AuditLog) {
    this.#exports = exports;
    this.#audit = audit;
  }

  @Get()
  @Permission('exports:read')
  @ApiResponse(answers(200, ExportList))
  async list(
    @Query({ schema: ExportListQuery }) { before, limit }: ExportListQuery,
    @Who() who: Identity,
  ): Promise<ExportList> {
    const page = { limit: limit + 1, ...(before !== undefined && { below: before }) };
    const found = await this.#exports.list(who.account.roleScope, page);
    const items = found.slice(0, limit).map(exportOf);
    const next = found.length > limit ? items.at(-1)?.id : undefined;
    return { items, ...(next !== undefined && { next }) };
  }

  @Post()
  @HttpCode(201)
  @Permission('exports:write')
  @ApiResponse(answers(201, Export))
  async start(
    @Body({ schema: NewExport }) { format, filter, reason, splitBytes }: NewExport,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<Export> {
    const { jid, role, roleScope: scope } = who.account;
    const asked = askedFilter(filter);
    const details = { format, filter, splitBytes };
    await noteLook(this.#audit, { action: 'archive.export', subject: 'archive', reason, details }, { who, address });
    const request = { format, filter: asked, splitBytes, scope, requestedBy: jid.bare, role, reason, address };
    return exportOf(await this.#exports.start(request));
  }

  @Get(':id')
  @Permission('exports:read')
  @ApiResponse(answers(200, Export))
  async view(@Param('id', { schema: ExportId }) id: string, @Who() who: Identity): Promise<Export> {
    return exportOf(await this.#found(id, who));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Permission('exports:write')
  @ApiResponse(answers(200, Export))
  async cancel(
    @Param('id', { schema: ExportId }) id: string,
    @Body({ schema: ViewQuery }) { reason }: ViewQuery,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<Export> {
    await this.#found(id, who);
    const look = { action: 'archive.export.cancel', subject: `export ${id}`, reason, details: {} };
    await noteLook(this.#audit, look, { who, address });
    if (!(await this.#exports.cancel(id))) throw new ProblemError('CONFLICT', 'It is over.');
    return exportOf(await this.#found(id, who));
  }

  /** What failed or was cancelled goes on where it was. */
  @Post(':id/resume')
  @HttpCode(200)
  @Permission('exports:write')
  @ApiResponse(answers(200, Export))
  async resume(
    @Param('id', { schema: ExportId }) id: string,
    @Body({ schema: ViewQuery }) { reason }: ViewQuery,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<Export> {
    await this.#found(id, who);
    const look = { action: 'archive.export.resume', subject: `export ${id}`, reason, details: {} };
    await noteLook(this.#audit, look, { who, address });
    if (!(await this.#exports.resume(id)))
      throw new ProblemError('CONFLICT', 'Only what has failed or was cancelled goes on.');
    return exportOf(await this.#found(id, who));
  }

  async #found(id: string, { account }: Identity): Promise<ExportJob> {
    const found = await this.#exports.find(id, account.roleScope);
    if (!found) throw new ProblemError('NOT_FOUND');
    return found;
  }
}
