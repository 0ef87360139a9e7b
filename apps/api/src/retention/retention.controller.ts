import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  NewRetentionChange,
  NewRetentionPreview,
  RetentionChange,
  RetentionChangeList,
  RetentionDecision,
  RetentionGroupList,
  RetentionGroupQuery,
  RetentionPreview,
  RetentionRuleId,
  RetentionRuleList,
} from '@interoffice/contract';
import type { Clock } from '@interoffice/telemetry';
import { Permission } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { PORT } from '../ports.js';
import { type Acting, By } from '../rooms/acting.js';
import type { Retention } from './retention.js';
import { RetentionChanges } from './retention-changes.js';
import { changeOf, ruleOf } from './retention-of.js';
import { RunningPreviews } from './running-previews.js';

const MOST_CHANGES = 100;
const MOST_GROUPS = 50;

/** How long messages are kept. What keeps them for less long needs a second person. C-09 */
@ApiTags('retention')
@Controller('api/v1/retention')
export class RetentionController {
  readonly #retention: Retention;
  readonly #changes: RetentionChanges;
  readonly #previews: RunningPreviews;
  readonly #clock: Clock;

  constructor(
    @Inject(PORT.retention) retention: Retention,
    @Inject(RetentionChanges) changes: RetentionChanges,
    @Inject(RunningPreviews) previews: RunningPreviews,
    @Inject(PORT.clock) clock: Clock,
  ) {
    this.#retention = retention;
    this.#changes = changes;
    this.#previews = previews;
    this.#clock = clock;
  }

  @Get('rules')
  @Permission('retention:read')
  @ApiResponse(answers(200, RetentionRuleList))
  async rules(@By() by: Acting): Promise<RetentionRuleList> {
    return { items: (await this.#retention.rules.list(by.scope)).map(ruleOf) };
  }

  @Get('changes')
  @Permission('retention:read')
  @ApiResponse(answers(200, RetentionChangeList))
  async changes(@By() by: Acting): Promise<RetentionChangeList> {
    const found = await this.#retention.rules.changes(by.scope, MOST_CHANGES, this.#clock.now());
    return { items: found.map(changeOf) };
  }

  @Get('groups')
  @Permission('retention:write')
  @ApiResponse(answers(200, RetentionGroupList))
  async groups(@Query({ schema: RetentionGroupQuery }) { text }: RetentionGroupQuery): Promise<RetentionGroupList> {
    return { items: [...(await this.#retention.rules.groups(text, MOST_GROUPS))] };
  }

  @Post('changes')
  @Permission('retention:write')
  @ApiResponse(answers(201, RetentionChange))
  async propose(
    @Body({ schema: NewRetentionChange }) { change, reason }: NewRetentionChange,
    @By() by: Acting,
  ): Promise<RetentionChange> {
    return changeOf(await this.#changes.propose(change, reason, by));
  }

  @Post('changes/:id/decision')
  @HttpCode(200)
  @Permission('retention:approve')
  @ApiResponse(answers(200, RetentionChange))
  async decide(
    @Param('id', { schema: RetentionRuleId }) id: string,
    @Body({ schema: RetentionDecision }) decision: RetentionDecision,
    @By() by: Acting,
  ): Promise<RetentionChange> {
    return changeOf(await this.#changes.decide(id, decision, by));
  }

  @Post('previews')
  @HttpCode(202)
  @Permission('retention:read')
  @ApiResponse(answers(202, RetentionPreview))
  async preview(
    @Body({ schema: NewRetentionPreview }) { change }: NewRetentionPreview,
    @By() by: Acting,
  ): Promise<RetentionPreview> {
    const wanted = change && (await this.#changes.wanted(change, by));
    return this.#previews.begin(wanted, by.actor);
  }

  @Get('previews/:id')
  @Permission('retention:read')
  @ApiResponse(answers(200, RetentionPreview))
  progress(@Param('id') id: string, @By() by: Acting): RetentionPreview {
    return this.#previews.find(id, by.actor);
  }
}
