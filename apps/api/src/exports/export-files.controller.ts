import { createReadStream } from 'node:fs';
import path from 'node:path';
import { Controller, Get, Headers, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ExportFile, ExportJob, Exports } from '@interoffice/archive';
import { ExportFiles, ExportId, ViewQuery } from '@interoffice/contract';
import type { FastifyReply } from 'fastify';
import { type Identity, Permission, RemoteAddress, Who } from '../access/permission.js';
import { noteLook } from '../archive/look.js';
import type { AuditLog } from '../audit/audit-log.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import { byteRange } from './byte-range.js';

/** The files of an export that is done, whole or in parts, so that a download that was cut goes on. */
@ApiTags('exports')
@Controller('api/v1/exports/:id/files')
export class ExportFilesController {
  readonly #exports: Exports;
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.exports) exports: Exports, @Inject(PORT.audit) audit: AuditLog) {
    this.#exports = exports;
    this.#audit = audit;
  }

  @Get()
  @Permission('exports:read')
  @ApiResponse(answers(200, ExportFiles))
  async list(@Param('id', { schema: ExportId }) id: string, @Who() who: Identity): Promise<ExportFiles> {
    return { items: [...this.#exports.files(await this.#done(id, who))] };
  }

  /** Each download, and each part of one, stands in the audit log before its first byte leaves. */
  @Get(':name')
  @Permission('exports:read')
  @ApiResponse({ status: 200, description: 'The file.', content: { 'application/octet-stream': {} } })
  async download(
    @Param('id', { schema: ExportId }) id: string,
    @Param('name') name: string,
    @Query({ schema: ViewQuery }) { reason }: ViewQuery,
    @Headers('range') range: string | undefined,
    @Who() who: Identity,
    @RemoteAddress() address: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const job = await this.#done(id, who);
    const file = this.#exports.files(job).find((one) => one.name === name);
    if (!file) throw new ProblemError('NOT_FOUND');
    const details = { file: name, ...(range !== undefined && { range }) };
    const look = { action: 'archive.export.download', subject: `export ${id}`, reason, details };
    await noteLook(this.#audit, look, { who, address });
    await send(reply, { ...file, path: path.join(this.#exports.pathOf(id), name) }, range);
  }

  async #done(id: string, { account }: Identity): Promise<ExportJob> {
    const found = await this.#exports.find(id, account.roleScope);
    if (!found) throw new ProblemError('NOT_FOUND');
    if (found.state !== 'done') throw new ProblemError('CONFLICT', 'It is not done; there are no files yet.');
    return found;
  }
}

async function send(
  reply: FastifyReply,
  file: ExportFile & { path: string },
  header: string | undefined,
): Promise<void> {
  const range = byteRange(header, file.bytes);
  if (range === 'none') {
    reply.header('content-range', `bytes */${file.bytes}`);
    throw new ProblemError('RANGE_NOT_SATISFIABLE', `The file has ${file.bytes} bytes.`);
  }
  const { start, end } = range ?? { start: 0, end: file.bytes - 1 };
  reply.status(range ? 206 : 200).headers({
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${file.name}"`,
    'content-length': String(end - start + 1),
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    ...(range && { 'content-range': `bytes ${start}-${end}/${file.bytes}` }),
  });
  await reply.send(file.bytes === 0 ? '' : createReadStream(file.path, { start, end }));
}
