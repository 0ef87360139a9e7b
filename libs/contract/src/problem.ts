import { z } from 'zod';

/** Every `code` of a problem, with its HTTP status and title. Codes never change their meaning. */
export const PROBLEMS = {
  BAD_REQUEST: [400, 'The request is not understood'],
  LOGIN_REFUSED: [401, 'The address or the password is wrong'],
  NOT_LOGGED_IN: [401, 'Log in first'],
  ACCOUNT_DISABLED: [403, 'This account is switched off'],
  ACCOUNT_EXPIRED: [403, 'This account has expired'],
  ACCOUNT_LOCKED: [403, 'This account is locked for a while'],
  PASSWORD_TO_CHANGE: [403, 'A new password has to be set first'],
  PASSWORD_EXPIRED: [403, 'The password has expired'],
  LOGIN_OUT_OF_HOURS: [403, 'This account may not be used at this hour'],
  LOGIN_OUT_OF_PLACE: [403, 'This account may not be used from here'],
  NOT_IN_LOGIN_GROUP: [403, 'This account may not use this server'],
  NOT_PERMITTED: [403, 'Your role does not permit this'],
  CROSS_SITE: [403, 'The request comes from another site'],
  ROLE_NOT_GRANTABLE: [403, 'This role is not given over HTTP'],
  NOT_FOUND: [404, 'There is no such thing'],
  PEER_UNKNOWN: [404, 'There is no such peer'],
  REQUEST_UNKNOWN: [404, 'There is no such request'],
  METHOD_NOT_ALLOWED: [405, 'This cannot be done here'],
  CONFLICT: [409, 'It is not in a state for this'],
  ADDRESS_TAKEN: [409, 'The address is taken'],
  ROOM_EXISTS: [409, 'There is such a room already'],
  ROOM_RETIRED: [409, 'The room is retired'],
  NO_OWNER: [409, 'Nobody would own the room'],
  OWN_ADMISSION: [409, 'This is for another administrator to do'],
  FEDERATION_OFF: [409, 'Nobody here talks to other servers'],
  RETENTION_CHANGE_CLOSED: [409, 'The change is not open any more'],
  RETENTION_CHANGE_EXPIRED: [409, 'The change has waited for too long'],
  RETENTION_SECOND_PERSON: [409, 'This is for a second person to do'],
  TOO_LARGE: [413, 'The request is too large'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Send application/json, not compressed'],
  RANGE_NOT_SATISFIABLE: [416, 'The file has no such part'],
  BAD_ADDRESS: [422, 'That is no address of a room'],
  NO_SUCH_ACCOUNT: [422, 'There is no such account'],
  NO_SUCH_ALTERNATE: [422, 'There is no such room to go to'],
  NO_SUCH_TEMPLATE: [422, 'There is no such template'],
  CERTIFICATE_REFUSED: [422, 'The certificate cannot be used'],
  TOO_MANY_ATTEMPTS: [429, 'Too many attempts'],
  INTERNAL: [500, 'The server failed'],
  UNAVAILABLE: [503, 'A part of the server does not answer'],
  DIRECTORY_UNREACHABLE: [503, 'The directory does not answer'],
  ARCHIVE_UNAVAILABLE: [503, 'The archive does not answer'],
  GATEWAY_AWAY: [503, 'The gateway does not answer'],
  AUDIT_UNAVAILABLE: [503, 'The audit log does not answer, so no content is shown'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

/** A problem's stable name. */
export type ProblemCode = keyof typeof PROBLEMS;

/** RFC 9457, with `code` to tell problems apart by. */
export const Problem = z
  .object({
    type: z.string().describe('URI reference of the page that explains the problem.'),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('Stable name of the problem.'),
    detail: z.string().optional().describe('What happened this time, on which side, and what to do.'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Each field that is wrong.'),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457).' });
export type Problem = z.infer<typeof Problem>;
