import { z } from 'zod';

/** `GET /api/v1/people`. */
export const PeopleQuery = z.strictObject({
  q: z.string().trim().min(2).max(200).describe('Parts of a name, address, department, office or phone number.'),
});
export type PeopleQuery = z.infer<typeof PeopleQuery>;

export const FoundPeople = z
  .array(
    z.object({
      jid: z.string(),
      fullname: z.string(),
      about: z.string().describe('Title, department, office, phone.'),
    }),
  )
  .meta({ id: 'FoundPeople' });
export type FoundPeople = z.infer<typeof FoundPeople>;
