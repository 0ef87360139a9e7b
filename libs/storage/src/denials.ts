import type { Log } from '@interoffice/telemetry';
import type { Role } from './connection.js';

/** Looks at an error of a statement; values of the statement are not looked at. */
export type NoteDenial = (error: unknown, statement: { readonly name?: string; readonly text: string }) => void;

/** PostgreSQL's insufficient_privilege. */
const DENIED = '42501';
const LONGEST_START = 60;

/** Tells the operator of statements that PostgreSQL has refused to a role for want of a right: a fault of ours, or somebody at work. */
export class Denials {
  constructor(private readonly log: Log) {}

  of(role: Role): NoteDenial {
    return (error, { name, text }) => {
      const { code, message } = error as { code?: string; message?: string };
      if (code !== DENIED) return;
      this.log.warn('database.permission.denied', { role, statement: name ?? startOf(text), reason: message ?? '' });
    };
  }
}

/** How a statement without a name begins; parameters stand as $1, and what stands in quotes is left out. */
function startOf(text: string): string {
  return text
    .replaceAll(/'(?:[^']|'')*'/g, "'…'")
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_START);
}
