import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { PresentPeople, PresentQuery, RoomAddress } from '@interoffice/contract';
import { Permission, RemoteAddress, Who, type Identity } from '../access/permission.js';
import type { AuditLog } from '../audit/audit-log.js';
import { answers } from '../openapi/answers.js';
import { PORT, type ArchiveSearch } from '../ports.js';
import { bareAddress, idsOf, looked } from './look.js';
import { personOf } from './message-of.js';

/** Who was in a room, for officers; audited like every look at the archive. */
@ApiTags('archive')
@Controller('api/v1/archive/rooms')
export class RoomPresenceController {
  readonly #archive: ArchiveSearch;
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.archive) archive: ArchiveSearch, @Inject(PORT.audit) audit: AuditLog) {
    this.#archive = archive;
    this.#audit = audit;
  }

  @Get(':room/present')
  @Permission('archive:read')
  @ApiResponse(answers(200, PresentPeople))
  async present(
    @Param('room', { schema: RoomAddress }) address: string,
    @Query({ schema: PresentQuery }) { at, reason }: PresentQuery,
    @Who() who: Identity,
    @RemoteAddress() remote: string,
  ): Promise<PresentPeople> {
    const room = bareAddress('room', address);
    const moment = new Date(at).toISOString();
    const look = { action: 'archive.present', subject: room, reason, details: { at: moment } };
    const found = await looked(this.#audit, {
      ...look,
      looker: { who, address: remote },
      find: () => this.#archive.presentAt(room, Date.parse(moment), who.account.roleScope),
      seenIn: idsOf,
    });
    return { room, at: moment, items: found.map(personOf) };
  }
}
