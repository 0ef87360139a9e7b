import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  Account,
  AccountExplanation,
  AccountList,
  AccountListQuery,
  NewAccount,
  RenamedAccount,
  readRange,
  readSort,
} from '@interoffice/contract';
import type { AccountQuery, AccountRecords } from '@interoffice/directory';
import type { FastifyReply } from 'fastify';
import type { AdministeredDirectories } from '../directories/administered-directories.js';
import { Permission, RemoteAddress, Who, type Identity } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import { AccountChanges, readAddress } from './account-changes.js';
import { accountOf } from './account-of.js';
import type { Renames } from './renames.js';
import { ProblemError } from '../problem.js';

/** People: listing, suspending, restoring, renaming, and making local accounts. */
@ApiTags('accounts')
@Controller('api/v1/accounts')
export class AccountsController {
  readonly #records: AccountRecords;
  readonly #changes: AccountChanges;
  readonly #renames: Renames;
  readonly #directories: AdministeredDirectories;

  constructor(
    @Inject(PORT.accounts) records: AccountRecords,
    @Inject(AccountChanges) changes: AccountChanges,
    @Inject(PORT.renames) renames: Renames,
    @Inject(PORT.directories) directories: AdministeredDirectories,
  ) {
    this.#records = records;
    this.#changes = changes;
    this.#renames = renames;
    this.#directories = directories;
  }

  @Get()
  @Permission('accounts:read')
  @ApiResponse(answers(200, AccountList))
  async list(@Query({ schema: AccountListQuery }) query: AccountListQuery): Promise<AccountList> {
    const { sort, range, ...filters } = query;
    const { field, descending } = readSort(sort);
    const order = { sort: field as AccountQuery['sort'], descending, ...readRange(range) };
    const { records, total } = await this.#records.list({ ...filters, ...order });
    return { items: records.map(accountOf), total };
  }

  @Post()
  @Permission('accounts:write')
  @ApiResponse(answers(201, Account))
  async create(
    @Body({ schema: NewAccount }) body: NewAccount,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<Account> {
    return accountOf(await this.#changes.create(body, { who, address }));
  }

  @Get(':jid')
  @Permission('accounts:read')
  @ApiResponse(answers(200, Account))
  async show(@Param('jid') jid: string): Promise<Account> {
    const record = await this.#records.find(readAddress(jid).bare);
    if (!record) throw new ProblemError('NOT_FOUND');
    return accountOf(record);
  }

  @Get(':jid/photo')
  @Permission('accounts:read')
  async photo(@Param('jid') jid: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    const photo = await this.#records.photo(readAddress(jid).bare);
    if (!photo) throw new ProblemError('NOT_FOUND');
    void reply.header('content-type', photo.type).header('content-security-policy', "default-src 'none'; sandbox");
    return photo.bytes;
  }

  @Get(':jid/explain')
  @Permission('accounts:read')
  @ApiResponse(answers(200, AccountExplanation))
  async explain(@Param('jid') jid: string): Promise<AccountExplanation> {
    const explanation = await this.#directories.explain(readAddress(jid));
    if (!explanation) throw new ProblemError('NOT_FOUND');
    return explanation;
  }

  @Post(':jid/suspend')
  @HttpCode(200)
  @Permission('accounts:suspend')
  @ApiResponse(answers(200, Account))
  async suspend(@Param('jid') jid: string, @Who() who: Identity, @RemoteAddress() address: string): Promise<Account> {
    return accountOf(await this.#changes.setState(readAddress(jid), 'suspended', { who, address }));
  }

  @Post(':jid/rename')
  @HttpCode(200)
  @Permission('accounts:write')
  @ApiResponse(answers(200, Account))
  async rename(
    @Param('jid') jid: string,
    @Body({ schema: RenamedAccount }) body: RenamedAccount,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<Account> {
    const { jid: actor, role } = who.account;
    const by = { actor: actor.bare, role, address };
    return accountOf(await this.#renames.rename(readAddress(jid), readAddress(body.jid), by));
  }

  @Post(':jid/restore')
  @HttpCode(200)
  @Permission('accounts:suspend')
  @ApiResponse(answers(200, Account))
  async restore(@Param('jid') jid: string, @Who() who: Identity, @RemoteAddress() address: string): Promise<Account> {
    return accountOf(await this.#changes.setState(readAddress(jid), 'active', { who, address }));
  }
}
