import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  ArchivedMessage,
  ArchivePage,
  ArchiveQuery,
  AroundQuery,
  Conversation,
  MessageId,
  MessageVersions,
  ViewQuery,
} from '@interoffice/contract';
import { Permission, RemoteAddress, Who, type Identity } from '../access/permission.js';
import type { AuditLog } from '../audit/audit-log.js';
import { answers } from '../openapi/answers.js';
import { PORT, type ArchiveSearch } from '../ports.js';
import { ProblemError } from '../problem.js';
import { bareAddress, type Look, type Looker, noteLook } from './look.js';
import { messageOf, versionOf } from './message-of.js';

/**
 * What was said, for officers. Before anything is looked up the search or view, with its reason, stands in the audit
 * log; when it cannot be written nothing is shown.
 */
@ApiTags('archive')
@Controller('api/v1/archive/messages')
export class ArchiveController {
  readonly #archive: ArchiveSearch;
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.archive) archive: ArchiveSearch, @Inject(PORT.audit) audit: AuditLog) {
    this.#archive = archive;
    this.#audit = audit;
  }

  @Get()
  @Permission('archive:read')
  @ApiResponse(answers(200, ArchivePage))
  async search(
    @Query({ schema: ArchiveQuery }) query: ArchiveQuery,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<ArchivePage> {
    const { reason, after, since, until, ...filters } = query;
    const parties = preparedParties(filters);
    await this.#note(
      { action: 'archive.search', subject: 'messages', reason, details: { ...filters, since, until, after } },
      { who, address },
    );
    const { hits, next, indexedUntil } = await this.#archive.search({
      ...filters,
      ...parties,
      since: since === undefined ? undefined : Date.parse(since),
      until: until === undefined ? undefined : Date.parse(until),
      afterId: after,
      scope: who.account.roleScope,
    });
    const items = hits.map(messageOf);
    return { items, next, indexedUntil: indexedUntil === undefined ? undefined : new Date(indexedUntil).toISOString() };
  }

  @Get(':id')
  @Permission('archive:read')
  @ApiResponse(answers(200, ArchivedMessage))
  async view(
    @Param('id', { schema: MessageId }) id: string,
    @Query({ schema: ViewQuery }) { reason }: ViewQuery,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<ArchivedMessage> {
    await this.#note({ action: 'archive.view', subject: id, reason, details: {} }, { who, address });
    const found = await this.#archive.find(id, who.account.roleScope);
    if (!found) throw new ProblemError('NOT_FOUND');
    return { ...messageOf(found), stanza: found.stanza };
  }

  @Get(':id/around')
  @Permission('archive:read')
  @ApiResponse(answers(200, Conversation))
  async around(
    @Param('id', { schema: MessageId }) id: string,
    @Query({ schema: AroundQuery }) { reason, count }: AroundQuery,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<Conversation> {
    await this.#note({ action: 'archive.around', subject: id, reason, details: { count } }, { who, address });
    const found = await this.#archive.around(id, count, who.account.roleScope);
    if (found.length === 0) throw new ProblemError('NOT_FOUND');
    return { items: found.map(messageOf) };
  }

  @Get(':id/versions')
  @Permission('archive:read')
  @ApiResponse(answers(200, MessageVersions))
  async versions(
    @Param('id', { schema: MessageId }) id: string,
    @Query({ schema: ViewQuery }) { reason }: ViewQuery,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<MessageVersions> {
    await this.#note({ action: 'archive.versions', subject: id, reason, details: {} }, { who, address });
    const found = await this.#archive.versionsOf(id, who.account.roleScope);
    if (found.length === 0) throw new ProblemError('NOT_FOUND');
    return { items: found.map(versionOf) };
  }

  #note(look: Look, looker: Looker): Promise<void> {
    return noteLook(this.#audit, look, looker);
  }
}

/** Addresses as the journal keeps them; what has no @ may be a name, which the archive knows. */
function preparedParties(filters: Pick<ArchiveQuery, 'participant' | 'from' | 'to' | 'room'>) {
  const party = (field: 'participant' | 'from' | 'to'): string | undefined => {
    const text = filters[field];
    return text?.includes('@') === true ? bareAddress(field, text) : text;
  };
  const room = filters.room === undefined ? undefined : bareAddress('room', filters.room);
  return { participant: party('participant'), from: party('from'), to: party('to'), room };
}
