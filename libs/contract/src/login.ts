import { z } from 'zod';
import { Permission, Role } from './roles.js';

/** `POST /api/v1/login`. */
export const Login = z
  .strictObject({
    jid: z
      .string()
      .min(1)
      .max(3071)
      .describe('Any log-in name: address, the part before the @, CORP\\anna, a principal or a mail address.'),
    password: z.string().max(1024),
    token: z.boolean().default(false).describe('Answer with a bearer token in place of a cookie.'),
  })
  .meta({ id: 'Login' });
export type Login = z.infer<typeof Login>;

/** Who is logged in. */
export const Me = z
  .object({
    jid: z.string(),
    name: z.string().optional(),
    office: z.string().optional(),
    role: Role,
    scope: z.string().describe('The office the role is for; * is all.'),
    permissions: z.array(Permission),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;

/** The answer to a log-in. */
export const LoggedIn = z
  .object({ me: Me, token: z.string().optional().describe('For `Authorization: Bearer`, when asked for.') })
  .meta({ id: 'LoggedIn' });
export type LoggedIn = z.infer<typeof LoggedIn>;

/** `POST /api/v1/chat/token`: logs one web chat in, once, in place of the password. */
export const ChatToken = z
  .object({ jid: z.string(), token: z.string(), expiresAt: z.iso.datetime() })
  .meta({ id: 'ChatToken' });
export type ChatToken = z.infer<typeof ChatToken>;
