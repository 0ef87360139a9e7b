import { type Permission, permissionsOf } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import { read } from '../input.js';
import { OPERATOR, type OperationParts } from '../operation-parts.js';

/** An officer at the control socket, and why. */
export interface Officer {
  readonly actor: string;
  readonly role: string;
  readonly scope: string;
  readonly reason: string;
  readonly address: string;
}

/** As in the console: by password, for a reason. Rejects with LOGIN_REFUSED or FORBIDDEN. */
export async function officerOf(
  { people }: Pick<OperationParts, 'people'>,
  input: Readonly<Record<string, unknown>>,
  permission: Permission,
): Promise<Officer> {
  const reason = read.text(input, 'reason');
  const outcome = await people.directory.authenticate(read.account(input, 'as'), read.text(input, 'password'));
  if (!outcome.ok) throw new Failure('LOGIN_REFUSED', 'That address and password do not log in.');
  const { jid, role, roleScope } = outcome.account;
  if (!permissionsOf(role).includes(permission))
    throw new Failure('FORBIDDEN', `${jid.bare} is not a compliance officer.`);
  return { actor: jid.bare, role, scope: roleScope, reason, address: OPERATOR.address };
}
