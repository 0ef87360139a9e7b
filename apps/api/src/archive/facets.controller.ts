import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { ArchiveFacets, FacetQuery } from '@interoffice/contract';
import { type Identity, Permission, RemoteAddress, Who } from '../access/permission.js';
import type { AuditLog } from '../audit/audit-log.js';
import { answers } from '../openapi/answers.js';
import { type ArchiveSearch, type FoundFacets, PORT } from '../ports.js';
import { filterOf } from './filter-of.js';
import { noteLook } from './look.js';

const NONE: FoundFacets = {
  looked: 0,
  isWhole: true,
  people: [],
  rooms: [],
  offices: [],
  peers: [],
  months: [],
  kinds: [],
  verdicts: [],
};

/** What the newest hits of a search are made of, for officers; it tells who talks to whom, so it is audited as a look. */
@ApiTags('archive')
@Controller('api/v1/archive/facets')
export class FacetsController {
  readonly #archive: ArchiveSearch;
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.archive) archive: ArchiveSearch, @Inject(PORT.audit) audit: AuditLog) {
    this.#archive = archive;
    this.#audit = audit;
  }

  @Get()
  @Permission('archive:read')
  @ApiResponse(answers(200, ArchiveFacets))
  async facets(
    @Query({ schema: FacetQuery }) { reason, ...filter }: FacetQuery,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<ArchiveFacets> {
    const prepared = { ...filterOf(filter), scope: who.account.roleScope };
    const look = { action: 'archive.facets', subject: 'messages', reason, details: filter };
    await noteLook(this.#audit, look, { who, address });
    return copied((await this.#archive.facets(prepared)) ?? NONE);
  }
}

function copied({ looked, isWhole, ...facets }: FoundFacets): ArchiveFacets {
  const of = (name: keyof typeof facets): { value: string; count: number }[] => [...facets[name]];
  return {
    looked,
    isWhole,
    people: of('people'),
    rooms: of('rooms'),
    offices: of('offices'),
    peers: of('peers'),
    months: of('months'),
    kinds: of('kinds'),
    verdicts: of('verdicts'),
  };
}
