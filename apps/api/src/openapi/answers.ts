import type { ApiResponseOptions } from '@nestjs/swagger';
import { z } from 'zod';

/** Says in the description of the API what a route answers. */
export function answers(status: number, schema: z.ZodType): ApiResponseOptions {
  const { $schema: _dialect, ...description } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
  return { status, content: { 'application/json': { schema: description as never } } };
}
