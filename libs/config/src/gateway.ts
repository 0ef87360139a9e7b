import { address, domain, secret } from './kinds.js';
import { group, optional } from './schema.js';

/** A gateway in a process of its own. */
export const gateway = optional(
  group(
    {
      listen: address({ says: 'Where the server dials it: an address of the inner network.' }),
      server: domain({
        says: 'Name in the certificate of the server that may dial; an authority of `trust.ca` vouches.',
      }),
      'dialback-secret': optional(
        secret({
          says: '64 hexadecimal digits, the same on all gateways of a domain; without it a gateway makes its own.',
        }),
      ),
    },
    { says: 'Of `interoffice gateway` alone: the link from the server.' },
  ),
);
