import { PROBLEMS, type Problem, type ProblemCode } from '@interoffice/contract';

/** What is wrong with one field. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** The caller asked for something it cannot have. Thrown in controllers, answered as a problem (RFC 9457). */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[] | undefined;
  /** Seconds until it makes sense to try again. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ProblemCode,
    detail?: string,
    more: { errors?: readonly FieldError[]; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(detail ?? '', more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'ProblemError';
    this.code = code;
    this.errors = more.errors;
    this.retryAfter = more.retryAfter;
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }

  /** The body of the answer. */
  toProblem(): Problem {
    const [status, title] = PROBLEMS[this.code];
    return {
      type: `/api/v1/problems#${this.code.toLowerCase().replaceAll('_', '-')}`,
      title,
      status,
      code: this.code,
      ...(this.message === '' ? {} : { detail: this.message }),
      ...(this.errors ? { errors: [...this.errors] } : {}),
    };
  }
}
