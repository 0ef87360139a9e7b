import { z } from 'zod';

/** What a person is allowed beside chatting. */
export const Role = z
  .enum(['employee', 'helpdesk', 'peers', 'admin', 'readonly', 'officer', 'auditor'])
  .meta({ id: 'Role', description: 'What a person is allowed beside chatting.' });
export type Role = z.infer<typeof Role>;

/** What one route needs. `self` is everybody who is logged in. */
export const Permission = z
  .enum([
    'self',
    'accounts:read',
    'accounts:suspend',
    'accounts:write',
    'sessions:read',
    'sessions:end',
    'rooms:read',
    'rooms:write',
    'directories:read',
    'directories:write',
    'peers:read',
    'peers:write',
    'certificates:read',
    'certificates:write',
    'status:read',
    'archive:read',
    'seal:read',
    'gaps:acknowledge',
    'exports:read',
    'exports:write',
    'holds:read',
    'holds:write',
    'retention:read',
    'retention:write',
    'retention:approve',
    'audit:read-own',
    'audit:read',
  ])
  .meta({ id: 'Permission', description: 'What a route needs.' });
export type Permission = z.infer<typeof Permission>;

const PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  employee: ['self'],
  helpdesk: [
    'self',
    'accounts:read',
    'accounts:suspend',
    'sessions:read',
    'sessions:end',
    'rooms:read',
    'directories:read',
    'peers:read',
    'certificates:read',
    'status:read',
  ],
  peers: ['self', 'peers:read', 'peers:write', 'certificates:read', 'certificates:write', 'status:read'],
  // Everything but content: whoever runs the machine may not read over people's shoulders.
  admin: [
    'self',
    'accounts:read',
    'accounts:suspend',
    'accounts:write',
    'sessions:read',
    'sessions:end',
    'rooms:read',
    'rooms:write',
    'directories:read',
    'directories:write',
    'peers:read',
    'peers:write',
    'certificates:read',
    'certificates:write',
    'status:read',
    'seal:read',
  ],
  readonly: [
    'self',
    'accounts:read',
    'sessions:read',
    'rooms:read',
    'directories:read',
    'peers:read',
    'certificates:read',
    'status:read',
    'seal:read',
  ],
  officer: [
    'self',
    'archive:read',
    'seal:read',
    'gaps:acknowledge',
    'exports:read',
    'exports:write',
    'holds:read',
    'holds:write',
    'retention:read',
    'retention:write',
    'retention:approve',
    'audit:read-own',
  ],
  // The second person for what is kept for less long: without an interest of their own in it.
  auditor: ['self', 'seal:read', 'holds:read', 'retention:read', 'retention:approve', 'audit:read'],
};

/** What this role may do. No role that reads content also manages accounts or rooms. */
export function permissionsOf(role: Role): readonly Permission[] {
  return PERMISSIONS[role];
}

/** The roles an administrator may give over HTTP: none that reads content or watches those who do. */
export const GrantableRole = z
  .enum(['employee', 'helpdesk', 'peers', 'admin', 'readonly'])
  .meta({ id: 'GrantableRole', description: 'Officers and auditors are made on the server itself, not over HTTP.' });
export type GrantableRole = z.infer<typeof GrantableRole>;
