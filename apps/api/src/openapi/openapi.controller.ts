import { Controller, Get, Injectable, Inject } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Permission } from '../access/permission.js';
import { ProblemError } from '../problem.js';

/** Holds the description once it is made: that needs the whole application. */
@Injectable()
export class ApiDescription {
  document: OpenAPIObject | undefined;
}

/** The description of this API (OpenAPI 3). */
@Controller('api/v1')
export class OpenApiController {
  readonly #description: ApiDescription;

  constructor(@Inject(ApiDescription) description: ApiDescription) {
    this.#description = description;
  }

  @Get('openapi.json')
  @Permission('self')
  document(): OpenAPIObject {
    if (!this.#description.document) throw new ProblemError('UNAVAILABLE', 'The server is still starting.');
    return this.#description.document;
  }
}
