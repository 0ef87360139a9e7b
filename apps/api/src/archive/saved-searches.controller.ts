import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { NewSavedSearch, RenamedSearch, SavedSearch, SavedSearches, SavedSearchId } from '@interoffice/contract';
import { type Identity, Permission, RemoteAddress, Who } from '../access/permission.js';
import type { AuditLog } from '../audit/audit-log.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import type { KeptSearch, SavedSearches as Kept } from './saved-searches.js';

const TAKEN = 'You have a search of this name, or 200 of them. Choose another name, or delete one.';

/** Searches that an officer has kept. They show nothing: run, each is a search like any other, for a reason. */
@ApiTags('archive')
@Controller('api/v1/archive/searches')
export class SavedSearchesController {
  readonly #kept: Kept;
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.savedSearches) kept: Kept, @Inject(PORT.audit) audit: AuditLog) {
    this.#kept = kept;
    this.#audit = audit;
  }

  @Get()
  @Permission('archive:read')
  @ApiResponse(answers(200, SavedSearches))
  async list(@Who() who: Identity): Promise<SavedSearches> {
    return { items: (await this.#kept.list(who.account.jid.bare)).map(searchOf) };
  }

  @Post()
  @Permission('archive:read')
  @ApiResponse(answers(201, SavedSearch))
  async keep(
    @Body({ schema: NewSavedSearch }) search: NewSavedSearch,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<SavedSearch> {
    await this.#note(who, address, { action: 'archive.search.keep', subject: search.name, details: search.query });
    const kept = await this.#kept.keep(who.account.jid.bare, search);
    if (!kept) throw new ProblemError('CONFLICT', TAKEN);
    return searchOf(kept);
  }

  @Patch(':id')
  @Permission('archive:read')
  @ApiResponse(answers(200, SavedSearch))
  async rename(
    @Param('id', { schema: SavedSearchId }) id: string,
    @Body({ schema: RenamedSearch }) { name }: RenamedSearch,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<SavedSearch> {
    await this.#note(who, address, { action: 'archive.search.rename', subject: id, details: { name } });
    const renamed = await this.#kept.rename(who.account.jid.bare, id, name);
    if (renamed === 'taken') throw new ProblemError('CONFLICT', TAKEN);
    if (!renamed) throw new ProblemError('NOT_FOUND');
    return searchOf(renamed);
  }

  @Delete(':id')
  @HttpCode(204)
  @Permission('archive:read')
  async forget(
    @Param('id', { schema: SavedSearchId }) id: string,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<void> {
    await this.#note(who, address, { action: 'archive.search.forget', subject: id, details: {} });
    if (!(await this.#kept.forget(who.account.jid.bare, id))) throw new ProblemError('NOT_FOUND');
  }

  #note(
    who: Identity,
    address: string,
    deed: Pick<Parameters<AuditLog['record']>[0], 'action' | 'subject' | 'details'>,
  ) {
    const { jid, role } = who.account;
    return this.#audit.record({ ...deed, actor: jid.bare, role, address });
  }
}

function searchOf({ createdAtMs, ...same }: KeptSearch): SavedSearch {
  return { ...same, createdAt: new Date(createdAtMs).toISOString() };
}
