/** True for a refusal by the server: the connection works. Everything else says nothing about the question asked. */
export function isAnswer(error: unknown): error is Error & { code: number } {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}
