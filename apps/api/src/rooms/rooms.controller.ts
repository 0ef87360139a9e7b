import { Body, Controller, Get, HttpCode, Inject, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  Affiliation,
  NewRoom,
  readRange,
  readSort,
  Relate,
  Retire,
  Room,
  RoomChange,
  RoomList,
  RoomListQuery,
  RoomPeople,
  RoomPerson,
  RoomTemplates,
} from '@interoffice/contract';
import type { AccountRecords } from '@interoffice/directory';
import { type Jid, tryJid } from '@interoffice/wire';
import { readAddress } from '../accounts/account-changes.js';
import { Permission } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import { type Acting, By } from './acting.js';
import type { AdministeredRooms, RoomQuery } from './administered-rooms.js';
import { RoomChanges } from './room-changes.js';
import { personOf, roomOf, summaryOf, templateOf } from './room-of.js';
import { VisibleRooms } from './visible-rooms.js';

/** Rooms: what there is, who belongs to them, how they are set up. Never what is said in them. W-05 */
@ApiTags('rooms')
@Controller('api/v1/rooms')
export class RoomsController {
  readonly #rooms: AdministeredRooms;
  readonly #visible: VisibleRooms;
  readonly #changes: RoomChanges;
  readonly #accounts: AccountRecords;

  constructor(
    @Inject(PORT.rooms) rooms: AdministeredRooms,
    @Inject(VisibleRooms) visible: VisibleRooms,
    @Inject(RoomChanges) changes: RoomChanges,
    @Inject(PORT.accounts) accounts: AccountRecords,
  ) {
    this.#rooms = rooms;
    this.#visible = visible;
    this.#changes = changes;
    this.#accounts = accounts;
  }

  @Get()
  @Permission('rooms:read')
  @ApiResponse(answers(200, RoomList))
  async list(@Query({ schema: RoomListQuery }) query: RoomListQuery, @By() by: Acting): Promise<RoomList> {
    const { sort, range, state, ...filters } = query;
    const { field, descending } = readSort(sort);
    const asked = {
      ...filters,
      state: state === 'retired' ? ('ended' as const) : state,
      sort: (field === 'title' ? 'name' : field) as RoomQuery['sort'],
      descending,
      ...readRange(range),
    };
    const { rooms, total } = await this.#visible.list(asked, by);
    return { items: rooms.map(summaryOf), total };
  }

  @Post()
  @Permission('rooms:write')
  @ApiResponse(answers(201, Room))
  async create(@Body({ schema: NewRoom }) body: NewRoom, @By() by: Acting): Promise<Room> {
    const { owners = [] } = body;
    const owned = { ...body, owners: owners.length > 0 ? owners : [by.jid.bare] };
    return roomOf(await this.#changes.create(owned, by));
  }

  @Get('templates')
  @Permission('rooms:read')
  @ApiResponse(answers(200, RoomTemplates))
  templates(@By() by: Acting): RoomTemplates {
    return { domain: this.#rooms.domain, items: this.#visible.templates(by).map(templateOf) };
  }

  @Get(':jid')
  @Permission('rooms:read')
  @ApiResponse(answers(200, Room))
  async show(@Param('jid') jid: string, @By() by: Acting): Promise<Room> {
    return roomOf(await this.#visible.find(readAddress(jid), by));
  }

  @Patch(':jid')
  @Permission('rooms:write')
  @ApiResponse(answers(200, Room))
  async configure(
    @Param('jid') jid: string,
    @Body({ schema: RoomChange }) body: RoomChange,
    @By() by: Acting,
  ): Promise<Room> {
    return roomOf(await this.#changes.configure(readAddress(jid), body, by));
  }

  @Get(':jid/people')
  @Permission('rooms:read')
  @ApiResponse(answers(200, RoomPeople))
  async people(@Param('jid') jid: string, @By() by: Acting): Promise<RoomPeople> {
    const room = readAddress(jid);
    await this.#visible.find(room, by);
    const people = await this.#rooms.people(room);
    const accounts = await this.#accounts.findMany(people.map((person) => person.jid));
    const items = people.map((person) => personOf(person, accounts.get(person.jid)?.name));
    return { items: items.toSorted((a, b) => rank(a) - rank(b)) };
  }

  @Put(':jid/people/:person')
  @Permission('rooms:write')
  @ApiResponse(answers(200, RoomPerson))
  async relate(
    @Param('jid') jid: string,
    @Param('person') person: string,
    @Body({ schema: Relate }) body: Relate,
    @By() by: Acting,
  ): Promise<RoomPerson> {
    const wanted = { ...body, jid: readPerson(person) };
    return personOf(await this.#changes.relate(readAddress(jid), wanted, by));
  }

  @Post(':jid/retire')
  @HttpCode(200)
  @Permission('rooms:write')
  @ApiResponse(answers(200, Room))
  async retire(@Param('jid') jid: string, @Body({ schema: Retire }) body: Retire, @By() by: Acting): Promise<Room> {
    return roomOf(await this.#changes.retire(readAddress(jid), body, by));
  }
}

/** A person, or a domain of which nobody may enter. */
function readPerson(text: string): Jid {
  const jid = tryJid(text);
  if (jid?.isBare === true) return jid;
  throw new ProblemError('BAD_REQUEST', 'An address looks like name@domain.');
}

function rank({ affiliation }: RoomPerson): number {
  return Affiliation.options.indexOf(affiliation);
}
