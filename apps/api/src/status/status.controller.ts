import { Controller, Get, Inject } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { Status } from '@interoffice/contract';
import { Permission } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { StatusBoard } from './status-board.js';

/** Whether each part really works. */
@ApiTags('status')
@Controller('api/v1/status')
export class StatusController {
  readonly #board: StatusBoard;

  constructor(@Inject(StatusBoard) board: StatusBoard) {
    this.#board = board;
  }

  @Get()
  @Permission('status:read')
  @ApiResponse(answers(200, Status))
  status(): Promise<Status> {
    return this.#board.look();
  }
}
