import { type Acting, ProblemError } from '@interoffice/api';
import { type Permission, permissionsOf } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import type { Operation } from '../control.js';
import { read } from '../input.js';
import { type OperationParts, OPERATOR } from '../operation-parts.js';

type Input = Readonly<Record<string, unknown>>;

/** As in the console: whoever has the password and the right, over the control socket. Rejects with LOGIN_REFUSED or FORBIDDEN. */
export async function officerIn(
  { people }: Pick<OperationParts, 'people'>,
  input: Input,
  permission: Permission,
): Promise<Acting> {
  const outcome = await people.directory.authenticate(read.account(input, 'as'), read.text(input, 'password'));
  if (!outcome.ok) throw new Failure('LOGIN_REFUSED', 'That address and password do not log in.');
  const { jid, role, roleScope } = outcome.account;
  if (!permissionsOf(role).includes(permission))
    throw new Failure('FORBIDDEN', `${jid.bare} has not the right for this (${permission}).`);
  return { actor: jid.bare, role, address: OPERATOR.address, jid, scope: roleScope };
}

/** What the API would answer as a problem is one line for a terminal. */
export function told(operation: Operation): Operation {
  return async (input, report) => {
    try {
      return await operation(input, report);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const { title, detail } = error.toProblem();
      throw new Failure(error.code, detail ?? `${title}.`, { cause: error });
    }
  };
}
