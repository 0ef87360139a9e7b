import { Failure } from '@interoffice/telemetry';

interface Shape<T> {
  safeParse(
    input: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** As the API would take it. Throws MALFORMED_REQUEST, naming what is wrong. */
export function checked<T>(shape: Shape<T>, input: unknown): T {
  const outcome = shape.safeParse(input);
  if (outcome.success) return outcome.data;
  const [{ path, message } = { path: [], message: 'it cannot be read' }] = outcome.error.issues;
  throw new Failure('MALFORMED_REQUEST', [path.join('.'), message].filter((part) => part !== '').join(': '));
}
