import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  DepartureList,
  Directory,
  DirectoryList,
  DirectoryPreview,
  Examination,
  Findings,
  HeldDecision,
  SyncNow,
} from '@interoffice/contract';
import { Permission, RemoteAddress, Who, type Identity } from '../access/permission.js';
import type { AuditLog } from '../audit/audit-log.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import type { AdministeredDirectories } from './administered-directories.js';
import { LatestDepartures } from './latest-departures.js';

/** Directories: how their servers are, what was synced, what the next sync does, and who was shut out how fast. */
@ApiTags('directories')
@Controller('api/v1/directories')
export class DirectoriesController {
  readonly #directories: AdministeredDirectories;
  readonly #departures: LatestDepartures;
  readonly #audit: AuditLog;

  constructor(
    @Inject(PORT.directories) directories: AdministeredDirectories,
    @Inject(LatestDepartures) departures: LatestDepartures,
    @Inject(PORT.audit) audit: AuditLog,
  ) {
    this.#directories = directories;
    this.#departures = departures;
    this.#audit = audit;
  }

  @Get()
  @Permission('directories:read')
  @ApiResponse(answers(200, DirectoryList))
  async list(): Promise<DirectoryList> {
    const items = [...(await this.#directories.list())];
    return { items, total: items.length };
  }

  @Get('departures')
  @Permission('directories:read')
  @ApiResponse(answers(200, DepartureList))
  async departures(): Promise<DepartureList> {
    return { items: await this.#departures.list() };
  }

  @Get(':name')
  @Permission('directories:read')
  @ApiResponse(answers(200, Directory))
  async show(@Param('name') name: string): Promise<Directory> {
    return this.#known(name);
  }

  @Get(':name/preview')
  @Permission('directories:read')
  @ApiResponse(answers(200, DirectoryPreview))
  async preview(@Param('name') name: string): Promise<DirectoryPreview> {
    await this.#known(name);
    return this.#directories.preview(name);
  }

  @Post(':name/sync')
  @HttpCode(202)
  @Permission('directories:write')
  @ApiResponse(answers(202, Directory))
  async sync(
    @Param('name') name: string,
    @Body({ schema: SyncNow }) { kind }: SyncNow,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<Directory> {
    await this.#known(name);
    await this.#note({ who, address }, 'directory.sync', name, { kind });
    await this.#directories.sync(name, kind);
    return this.#known(name);
  }

  @Post(':name/held/:id')
  @HttpCode(200)
  @Permission('directories:write')
  @ApiResponse(answers(200, Directory))
  async decide(
    @Param('name') name: string,
    @Param('id') id: string,
    @Body({ schema: HeldDecision }) { decision }: HeldDecision,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<Directory> {
    const { held } = await this.#known(name);
    if (held?.id !== id) throw new ProblemError('CONFLICT', 'Somebody has decided this already, or a later sync did.');
    await this.#note({ who, address }, `directory.held.${decision}`, name, { id, people: held.refused.count });
    await this.#directories.decide(name, id, { what: decision, by: who.account.jid.bare });
    return this.#known(name);
  }

  @Post(':name/examine')
  @HttpCode(200)
  @Permission('directories:read')
  @ApiResponse(answers(200, Findings))
  async examine(@Param('name') name: string, @Body({ schema: Examination }) { login }: Examination): Promise<Findings> {
    await this.#known(name);
    return { items: [...(await this.#directories.examine(name, login))] };
  }

  async #known(name: string): Promise<Directory> {
    const directory = await this.#directories.find(name);
    if (!directory) throw new ProblemError('NOT_FOUND');
    return directory;
  }

  async #note(
    { who, address }: { who: Identity; address: string },
    action: string,
    subject: string,
    details: Record<string, unknown>,
  ): Promise<void> {
    const { jid, role } = who.account;
    await this.#audit.record({ actor: jid.bare, role, action, subject, details, address });
  }
}
