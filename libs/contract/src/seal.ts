import { z } from 'zod';

/** Who signs checkpoints of the archive behind it. */
export const SealWitness = z
  .object({
    name: z.string(),
    size: z.number().int().describe('Entries of the largest checkpoint that it has signed.'),
    at: z.iso.datetime().optional().describe('When that was.'),
    problem: z.string().optional().describe('Why it has not signed the latest.'),
  })
  .meta({ id: 'SealWitness' });
export type SealWitness = z.infer<typeof SealWitness>;

/** A key of the seal: good for checkpoints of more than `from` and at most `until` entries. */
export const SealKey = z
  .object({
    key: z.string().describe('name+hash+base64, as C2SP signed-note has it.'),
    from: z.number().int(),
    until: z.number().int().optional(),
    at: z.iso.datetime(),
    stolen: z
      .boolean()
      .optional()
      .describe('It may be in other hands: what it signs beyond `until` counts for nothing.'),
  })
  .meta({ id: 'SealKey' });
export type SealKey = z.infer<typeof SealKey>;

/** `GET /api/v1/archive/seal`. */
export const Seal = z
  .object({
    state: z.enum(['signs', 'behind', 'refused', 'off']),
    problem: z.string().optional().describe('Why nothing is signed, in words for an administrator.'),
    origin: z.string().optional(),
    size: z.number().int().describe('Entries in the log: messages, and acts of officers and administrators.'),
    sealedThrough: z.iso.datetime().optional().describe('Everything recorded before is sealed.'),
    signedAt: z.iso.datetime().optional(),
    checkpoint: z.string().optional().describe('The latest signed checkpoint, with the signatures of witnesses.'),
    witnesses: z.array(SealWitness),
    keys: z.array(SealKey),
    policy: z.string().optional().describe('For who verifies: to be handed over in person.'),
  })
  .meta({ id: 'Seal', description: 'How far the archive is sealed, by which keys, and who has seen it.' });
export type Seal = z.infer<typeof Seal>;
