import { InvalidArgumentError } from 'commander';

/** The value of an option that is a moment: as ISO 8601 in UTC. Throws InvalidArgumentError. */
export function time(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new InvalidArgumentError('Not a time; try 2026-11-20 or 2026-11-20T09:30:00Z.');
  return at.toISOString();
}
