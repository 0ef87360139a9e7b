import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  ArchivedMessage,
  ArchivePage,
  ArchiveQuery,
  AroundQuery,
  AsOfQuery,
  Conversation,
  ConversationThen,
  MessageId,
  MessageVersions,
  ViewQuery,
} from '@interoffice/contract';
import { Permission, RemoteAddress, Who, type Identity } from '../access/permission.js';
import type { AuditLog } from '../audit/audit-log.js';
import { answers } from '../openapi/answers.js';
import { PORT, type ArchiveSearch } from '../ports.js';
import { ProblemError } from '../problem.js';
import { filterOf } from './filter-of.js';
import { idsOf, looked } from './look.js';
import { messageOf, personOf, thenOf, versionOf } from './message-of.js';

/**
 * What was said, for officers. Before anything is looked up the search or view, with its reason, stands in the audit
 * log, and before anything is shown which messages are; when it cannot be written nothing is shown.
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
    const { reason, after, limit, saved, ...filter } = query;
    const prepared = { ...filterOf(filter), afterId: after, limit, scope: who.account.roleScope };
    const details = { ...filter, after, limit, saved };
    const { hits, next, indexedUntil } = await this.#look({
      action: 'archive.search',
      subject: 'messages',
      reason,
      details,
      looker: { who, address },
      find: () => this.#archive.search(prepared),
      seenIn: (found) => idsOf(found.hits),
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
    const found = await this.#look({
      action: 'archive.view',
      subject: id,
      reason,
      details: {},
      looker: { who, address },
      find: () => this.#archive.find(id, who.account.roleScope),
      seenIn: (message) => (message ? [message.id] : []),
    });
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
    const found = await this.#look({
      action: 'archive.around',
      subject: id,
      reason,
      details: { count },
      looker: { who, address },
      find: () => this.#archive.around(id, count, who.account.roleScope),
      seenIn: idsOf,
    });
    if (found.length === 0) throw new ProblemError('NOT_FOUND');
    return { items: found.map(messageOf) };
  }

  /** What was said by a moment, as it stood then: names, changes, and who was in the room. */
  @Get(':id/as-of')
  @Permission('archive:read')
  @ApiResponse(answers(200, ConversationThen))
  async asOf(
    @Param('id', { schema: MessageId }) id: string,
    @Query({ schema: AsOfQuery }) { reason, count, at }: AsOfQuery,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<ConversationThen> {
    const atMs = Date.parse(at);
    const scope = who.account.roleScope;
    const found = await this.#look({
      action: 'archive.as-of',
      subject: id,
      reason,
      details: { count, at: new Date(atMs).toISOString() },
      looker: { who, address },
      find: () => this.#archive.asOf(id, count, { scope, atMs }),
      seenIn: (items) => items.flatMap(({ message, changes }) => [message.id, ...idsOf(changes)]),
    });
    const room = found.find(({ message }) => message.room !== undefined)?.message.room;
    if (found.length === 0) throw new ProblemError('NOT_FOUND');
    const present = room === undefined ? undefined : await this.#archive.presentAt(room, atMs, scope);
    return { at: new Date(atMs).toISOString(), items: found.map(thenOf), present: present?.map(personOf) };
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
    const found = await this.#look({
      action: 'archive.versions',
      subject: id,
      reason,
      details: {},
      looker: { who, address },
      find: () => this.#archive.versionsOf(id, who.account.roleScope),
      seenIn: idsOf,
    });
    if (found.length === 0) throw new ProblemError('NOT_FOUND');
    return { items: found.map(versionOf) };
  }

  #look<T>(look: Parameters<typeof looked<T>>[1]): Promise<T> {
    return looked(this.#audit, look);
  }
}
