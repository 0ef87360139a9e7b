import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  GatewayList,
  PeerContacts,
  PeerDetail,
  PeerList,
  PeerListQuery,
  PeerTest,
  PeerTraffic,
  PeerTrafficQuery,
  TurnedAwayList,
  TurnedAwayListQuery,
} from '@interoffice/contract';
import { Permission, RemoteAddress, Who, type Identity } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { KnownPeers } from './known-peers.js';
import { PeerCalls } from './peer-calls.js';
import { readDomain } from './read-domain.js';

/** Other servers: how the lines to them are, why one does not work, and who was not let in. */
@ApiTags('peers')
@Controller('api/v1/peers')
export class PeersController {
  readonly #known: KnownPeers;
  readonly #calls: PeerCalls;

  constructor(@Inject(KnownPeers) known: KnownPeers, @Inject(PeerCalls) calls: PeerCalls) {
    this.#known = known;
    this.#calls = calls;
  }

  @Get()
  @Permission('peers:read')
  @ApiResponse(answers(200, PeerList))
  list(@Query({ schema: PeerListQuery }) query: PeerListQuery): PeerList {
    return this.#known.list(query);
  }

  @Get('turned-away')
  @Permission('peers:read')
  @ApiResponse(answers(200, TurnedAwayList))
  turnedAway(@Query({ schema: TurnedAwayListQuery }) query: TurnedAwayListQuery): TurnedAwayList {
    return this.#known.turnedAway(query);
  }

  @Get('gateways')
  @Permission('peers:read')
  @ApiResponse(answers(200, GatewayList))
  gateways(): GatewayList {
    return this.#known.gateways();
  }

  @Get(':domain')
  @Permission('peers:read')
  @ApiResponse(answers(200, PeerDetail))
  show(@Param('domain') domain: string): PeerDetail {
    return this.#known.find(readDomain(domain));
  }

  @Get(':domain/traffic')
  @Permission('peers:read')
  @ApiResponse(answers(200, PeerTraffic))
  traffic(
    @Param('domain') domain: string,
    @Query({ schema: PeerTrafficQuery }) { hours }: PeerTrafficQuery,
  ): PeerTraffic {
    return this.#known.traffic(readDomain(domain), hours);
  }

  @Post(':domain/retry')
  @HttpCode(202)
  @Permission('peers:write')
  @ApiResponse(answers(202, PeerDetail))
  async retry(
    @Param('domain') domain: string,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<PeerDetail> {
    return this.#calls.retry(readDomain(domain), { who, address });
  }

  @Post(':domain/test')
  @HttpCode(200)
  @Permission('peers:write')
  @ApiResponse(answers(200, PeerTest))
  test(@Param('domain') domain: string, @Who() who: Identity, @RemoteAddress() address: string): Promise<PeerTest> {
    return this.#calls.test(readDomain(domain), { who, address });
  }

  @Post(':domain/contacts')
  @HttpCode(200)
  @Permission('peers:write')
  @ApiResponse(answers(200, PeerContacts))
  contacts(
    @Param('domain') domain: string,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<PeerContacts> {
    return this.#calls.contacts(readDomain(domain), { who, address });
  }
}
