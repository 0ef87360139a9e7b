import { z } from 'zod';
import { listOf, listQuery } from './lists.js';
import { GrantableRole, Role } from './roles.js';

export const AccountState = z.enum(['active', 'suspended', 'disabled', 'deleted']).meta({ id: 'AccountState' });
export type AccountState = z.infer<typeof AccountState>;

/** One account as the console shows it. */
export const Account = z
  .object({
    jid: z.string(),
    name: z.string().optional(),
    mail: z.string().optional(),
    department: z.string().optional(),
    title: z.string().optional(),
    phone: z.string().optional(),
    office: z.string().optional(),
    directory: z.string().describe('`local`, or the name of the directory the person comes from.'),
    state: AccountState,
    role: Role,
    scope: z.string(),
    hasPhoto: z.boolean().describe('Then `GET /api/v1/accounts/{jid}/photo` has it.'),
    createdAt: z.iso.datetime(),
    lastLoginAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'Account' });
export type Account = z.infer<typeof Account>;

export const AccountList = listOf(Account).meta({ id: 'AccountList' });
export type AccountList = z.infer<typeof AccountList>;

/** `GET /api/v1/accounts`. */
export const AccountListQuery = z.strictObject({
  text: z.string().max(200).optional().describe('Part of a name, address, mail or department.'),
  state: AccountState.optional(),
  role: Role.optional(),
  office: z.string().max(200).optional(),
  ...listQuery(['name', 'jid', 'department', 'office', 'state', 'lastLoginAt']),
});
export type AccountListQuery = z.infer<typeof AccountListQuery>;

/** `POST /api/v1/accounts/{jid}/rename`: the account gets this address; the former one forwards for a while. */
export const RenamedAccount = z.strictObject({ jid: z.string().min(1).max(3071) }).meta({ id: 'RenamedAccount' });
export type RenamedAccount = z.infer<typeof RenamedAccount>;

/** `POST /api/v1/accounts`: a local account. */
export const NewAccount = z
  .strictObject({
    jid: z.string().min(1).max(3071),
    password: z.string().min(8, 'at least 8 characters').max(1024),
    name: z.string().max(200).optional(),
    office: z.string().max(200).optional(),
    role: GrantableRole.default('employee'),
  })
  .meta({ id: 'NewAccount' });
export type NewAccount = z.infer<typeof NewAccount>;
