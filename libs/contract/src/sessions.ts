import { z } from 'zod';
import { listOf, listQuery } from './lists.js';

/** A device that is connected now, or was until a moment ago and may come back. */
export const Session = z
  .object({
    id: z.string(),
    jid: z.string().describe('Bare address.'),
    device: z.string().describe('The part behind the slash.'),
    since: z.iso.datetime(),
    address: z.string().optional().describe('Network address of the client.'),
    over: z
      .enum(['tcp', 'tls', 'websocket', 'bosh', 'none'])
      .describe('`none`: the connection was cut; the device is kept for a while to go on where it was.'),
    encrypted: z.boolean(),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;

export const SessionList = listOf(Session).meta({ id: 'SessionList' });
export type SessionList = z.infer<typeof SessionList>;

/** `GET /api/v1/sessions`. */
export const SessionListQuery = z.strictObject({
  text: z.string().max(200).optional().describe('Part of the address, device or network address.'),
  ...listQuery(['jid', 'since', 'address']),
});
export type SessionListQuery = z.infer<typeof SessionListQuery>;
