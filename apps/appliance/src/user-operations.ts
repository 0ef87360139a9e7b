import type { Cause } from '@interoffice/api';
import { Role } from '@interoffice/contract';
import { type AccountRecord, type AccountState, deriveVerifiers, usablePassword } from '@interoffice/directory';
import { Failure } from '@interoffice/telemetry';
import type { Progress } from './control.js';
import { read } from './input.js';
import { type OperationParts, OPERATOR } from './operation-parts.js';

type Input = Readonly<Record<string, unknown>>;

/** Passwords hashed at once: each takes a thread of the pool. */
const AT_ONCE = 4;

export async function addUser(parts: OperationParts, input: Input): Promise<unknown> {
  const record = await make(parts, input);
  return describe(record);
}

async function make({ people, departures, audit, settings }: OperationParts, input: Input): Promise<AccountRecord> {
  const jid = read.account(input, 'jid');
  if (!settings.domains.includes(jid.domain)) {
    throw new Failure(
      'DOMAIN_NOT_SERVED',
      `${jid.domain} is not served here; domains: ${settings.domains.join(', ')}.`,
    );
  }
  const role = Role.safeParse(read.optionalText(input, 'role') ?? 'employee');
  if (!role.success) throw new Failure('UNKNOWN_ROLE', `There is no such role; roles: ${Role.options.join(', ')}.`);
  const password = usablePassword(read.text(input, 'password'));
  if (password === undefined)
    throw new Failure('PASSWORD_UNUSABLE', 'The password is blank or holds characters that cannot be typed.');
  const person = { name: read.optionalText(input, 'name'), office: read.optionalText(input, 'office') };
  const verifiers = await deriveVerifiers(password);
  await audit.record({ ...OPERATOR, action: 'account.create', subject: jid.bare, details: { role: role.data } });
  const record = await people.records.create({ jid, person, role: role.data, roleScope: '*', verifiers });
  await departures.readmit(record);
  return record;
}

/** Rows that are refused are reported with their line; the others are made. */
export async function importUsers(
  parts: OperationParts,
  input: Input,
  report: (at: Progress) => void,
): Promise<unknown> {
  const rows = read.list(input, 'rows');
  const refused: { line: unknown; jid: unknown; reason: string }[] = [];
  let done = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let row = rows[next++]; row; row = rows[next++]) {
      try {
        await make(parts, row);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        refused.push({ line: row['line'], jid: row['jid'] ?? '', reason: error.message });
      }
      if (++done % 50 === 0 || done === rows.length) report({ done, total: rows.length });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { made: rows.length - refused.length, refused };
}

export async function listUsers({ people }: OperationParts, input: Input): Promise<unknown> {
  const query = { text: read.optionalText(input, 'text'), limit: read.whole(input, 'limit') };
  const { records } = await people.records.list({ ...query, sort: 'jid', descending: false, offset: 0 });
  return records.map(describe);
}

export async function changeState(
  { people, departures, audit, clock }: OperationParts,
  input: Input,
  state: AccountState,
): Promise<unknown> {
  const orderedAtMs = clock.now();
  const { bare } = read.account(input, 'jid');
  if (!(await people.records.findMany([bare])).has(bare))
    throw new Failure('NO_SUCH_ACCOUNT', `There is no account ${bare}.`);
  await audit.record({ ...OPERATOR, action: `account.${ACTIONS[state]}`, subject: bare, details: {} });
  const record = await people.records.setState(bare, state);
  if (!record) throw new Failure('NO_SUCH_ACCOUNT', `There is no account ${bare}.`);
  if (record.state === 'active') await departures.readmit(record);
  else await departures.close(record, { ...OPERATOR, why: CAUSES[state] ?? 'suspended', detectedAtMs: orderedAtMs });
  return describe(record);
}

export async function renameUser({ renames }: OperationParts, input: Input): Promise<unknown> {
  return describe(await renames.rename(read.account(input, 'jid'), read.account(input, 'to'), OPERATOR));
}

const CAUSES: Partial<Readonly<Record<AccountState, Cause['why']>>> = { deleted: 'deleted here' };
const ACTIONS: Readonly<Record<AccountState, string>> = {
  active: 'restore',
  suspended: 'suspend',
  disabled: 'disable',
  deleted: 'delete',
};

function describe({ jid, name, office, role, state }: AccountRecord): object {
  return { jid: jid.bare, name: name ?? null, office: office ?? null, role, state };
}
