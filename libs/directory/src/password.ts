import { preparePassword } from '@interoffice/wire';

/**
 * The password as it is compared (RFC 8265 §4), or undefined when it must not even be tried: empty, blank, with a NUL,
 * or empty once prepared. A directory asked with an empty password answers success (RFC 4513 §5.1.2).
 */
export function usablePassword(password: string): string | undefined {
  if (password.trim() === '' || password.includes('\0') || password.length > 1024) return undefined;
  const prepared = preparePassword(password);
  return prepared === undefined || prepared.trim() === '' ? undefined : prepared;
}
