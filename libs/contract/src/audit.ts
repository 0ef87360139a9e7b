import { z } from 'zod';
import { listOf, listQuery } from './lists.js';

/** Who did what, to what, why. Never a message's text. */
export const AuditEntry = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.string(),
    role: z.string(),
    action: z.string(),
    subject: z.string(),
    reason: z.string().optional(),
    details: z.record(z.string(), z.unknown()),
    address: z.string().optional(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditList = listOf(AuditEntry).meta({ id: 'AuditList' });
export type AuditList = z.infer<typeof AuditList>;

/** `GET /api/v1/audit`. Officers see their own entries, auditors everybody's. */
export const AuditListQuery = z.strictObject({
  actor: z.string().max(3071).optional(),
  action: z.string().max(100).optional(),
  ...listQuery(['at']),
});
export type AuditListQuery = z.infer<typeof AuditListQuery>;
