import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Holds } from '@interoffice/archive';
import { Hold, HoldId, HoldPage, HoldQuery, HoldRelease, NewHold } from '@interoffice/contract';
import { Permission } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import { type Acting, By } from '../rooms/acting.js';
import { HoldChanges } from './hold-changes.js';
import { holdOf } from './hold-of.js';

/** What no rule of retention takes away: for officers, within their office. C-09 */
@ApiTags('holds')
@Controller('api/v1/holds')
export class HoldsController {
  readonly #holds: Holds;
  readonly #changes: HoldChanges;

  constructor(@Inject(PORT.holds) holds: Holds, @Inject(HoldChanges) changes: HoldChanges) {
    this.#holds = holds;
    this.#changes = changes;
  }

  @Get()
  @Permission('holds:read')
  @ApiResponse(answers(200, HoldPage))
  async list(@Query({ schema: HoldQuery }) { state, after, limit }: HoldQuery, @By() by: Acting): Promise<HoldPage> {
    const found = await this.#holds.list({
      state,
      scope: by.scope,
      limit: limit + 1,
      ...(after && { afterId: after }),
    });
    const items = found.slice(0, limit).map(holdOf);
    const last = items.at(-1);
    return { items, ...(found.length > limit && last && { next: last.id }) };
  }

  @Get(':id')
  @Permission('holds:read')
  @ApiResponse(answers(200, Hold))
  async find(@Param('id', { schema: HoldId }) id: string, @By() by: Acting): Promise<Hold> {
    return holdOf(await this.#changes.find(id, by));
  }

  @Post()
  @Permission('holds:write')
  @ApiResponse(answers(201, Hold))
  async place(@Body({ schema: NewHold }) hold: NewHold, @By() by: Acting): Promise<Hold> {
    return holdOf(await this.#changes.place(hold, by));
  }

  @Post(':id/release')
  @HttpCode(200)
  @Permission('holds:write')
  @ApiResponse(answers(200, Hold))
  async release(
    @Param('id', { schema: HoldId }) id: string,
    @Body({ schema: HoldRelease }) { reason }: HoldRelease,
    @By() by: Acting,
  ): Promise<Hold> {
    return holdOf(await this.#changes.release(id, reason, by));
  }
}
