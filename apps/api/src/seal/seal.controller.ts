import { Controller, Get, Inject } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { Seal } from '@interoffice/contract';
import { Permission } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { PORT, type ShownSeal } from '../ports.js';

/** How far the archive is sealed: no content, so administrators and auditors may see it as well as officers. */
@ApiTags('archive')
@Controller('api/v1/archive/seal')
export class SealController {
  readonly #seal: ShownSeal;

  constructor(@Inject(PORT.seal) seal: ShownSeal) {
    this.#seal = seal;
  }

  @Get()
  @Permission('seal:read')
  @ApiResponse(answers(200, Seal))
  show(): Seal {
    return this.#seal.show();
  }
}
