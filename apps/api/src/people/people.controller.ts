import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { FoundPeople, PeopleQuery } from '@interoffice/contract';
import type { Directory } from '@interoffice/directory';
import { Permission } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';

const MOST_FOUND = 20;

/** People of the company, for whoever wants to write to one: what everybody may know of everybody. */
@ApiTags('people')
@Controller('api/v1/people')
export class PeopleController {
  readonly #directory: Directory;

  constructor(@Inject(PORT.directory) directory: Directory) {
    this.#directory = directory;
  }

  /** The answer is a plain list, as the web chat's dialog reads it. */
  @Get()
  @Permission('self')
  @ApiResponse(answers(200, FoundPeople))
  async find(@Query({ schema: PeopleQuery }) { q }: PeopleQuery): Promise<FoundPeople> {
    const found = await this.#directory.search(q, MOST_FOUND);
    return found.map(({ jid, name, title, department, office, phone }) => ({
      jid: jid.bare,
      fullname: name ?? jid.bare,
      about: [title, department, office, phone].filter((text) => text !== undefined).join(', '),
    }));
  }
}
