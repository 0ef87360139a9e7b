import { z } from 'zod';
import { listOf, listQuery } from './lists.js';

const moment = z.iso.datetime();

/** How a certificate stands. */
export const CertificateState = z
  .enum(['good', 'ends-soon', 'ended', 'not-yet-valid', 'incomplete', 'provisional', 'unreadable'])
  .meta({
    id: 'CertificateState',
    description:
      '`ends-soon`: within 30 days; `incomplete`: it does not name all that is served; `provisional`: of the own authority, which nobody else trusts.',
  });
export type CertificateState = z.infer<typeof CertificateState>;

/** A certificate that somebody relies on. */
export const Certificate = z
  .object({
    whose: z.enum(['own', 'gateway', 'peer']),
    domain: z.string().describe('What it was shown for.'),
    state: CertificateState,
    text: z.string().describe('What that means, and what to do; empty where all is well.'),
    subject: z.string(),
    issuer: z.string(),
    names: z.array(z.string()),
    missing: z.array(z.string()).describe('What it should name and does not.'),
    notBefore: moment.optional(),
    notAfter: moment.optional().describe('Absent for one that cannot be read.'),
    fingerprint: z.string().describe('SHA-256 over the certificate.'),
    seenAt: moment.optional().describe('When it was last shown, for those of others.'),
  })
  .meta({ id: 'Certificate' });
export type Certificate = z.infer<typeof Certificate>;

export const CertificateList = listOf(Certificate).meta({ id: 'CertificateList' });
export type CertificateList = z.infer<typeof CertificateList>;

/** `GET /api/v1/certificates`. */
export const CertificateListQuery = z.strictObject({
  text: z.string().max(200).optional().describe('Part of the domain, a name, the subject or the issuer.'),
  whose: z.enum(['own', 'gateway', 'peer']).optional(),
  ...listQuery(['notAfter', 'domain', 'state']),
});
export type CertificateListQuery = z.infer<typeof CertificateListQuery>;

/** What is done about the certificate of one process of ours. */
const care = {
  renewal: z
    .object({
      by: z.enum(['acme', 'company']),
      nextAt: moment,
      renewedAt: moment.optional(),
      failed: z.object({ count: z.int(), lastAt: moment, code: z.string(), text: z.string() }).optional(),
    })
    .optional()
    .describe('Absent: people renew it.'),
  probe: z
    .array(
      z.object({ domain: z.string(), state: z.enum(['ours', 'impostor', 'unseen']), at: moment, text: z.string() }),
    )
    .optional()
    .describe('What was seen when our own domains were last called; absent: they are not.'),
};

/** `GET /api/v1/certificates/standing`: what is done about our certificate. */
export const CertificateStanding = z
  .object({
    names: z.array(z.string()).describe('What a certificate of ours has to name.'),
    swappable: z.boolean().describe('False: the settings name two files, which are somebody else’s to replace.'),
    ...care,
    gateways: z
      .array(z.object({ name: z.string(), ...care }))
      .describe('Of gateways in processes of their own, as they say.'),
    warnings: z.array(
      z.object({ whose: z.enum(['own', 'peer']), domain: z.string(), days: z.int(), text: z.string() }),
    ),
  })
  .meta({ id: 'CertificateStanding' });
export type CertificateStanding = z.infer<typeof CertificateStanding>;

/** A request for a certificate, on its way from made to live. */
export const CertificateRequest = z
  .object({
    id: z.string(),
    names: z.array(z.string()),
    keyType: z.string(),
    state: z.enum(['made', 'sent', 'answered', 'live', 'replaced']),
    madeAt: moment,
    waiting: z.object({ since: moment, of: z.string() }).optional().describe('Since when, and for whom.'),
    answer: z.object({ at: moment, issuer: z.string(), notAfter: moment, fingerprint: z.string() }).optional(),
    liveSince: moment.optional(),
  })
  .meta({ id: 'CertificateRequest' });
export type CertificateRequest = z.infer<typeof CertificateRequest>;

export const CertificateRequestList = listOf(CertificateRequest).meta({ id: 'CertificateRequestList' });
export type CertificateRequestList = z.infer<typeof CertificateRequestList>;

/** `GET /api/v1/certificates/requests`. */
export const CertificateRequestListQuery = z.strictObject(listQuery(['madeAt', 'state']));
export type CertificateRequestListQuery = z.infer<typeof CertificateRequestListQuery>;

/** `GET /api/v1/certificates/requests/{id}`: with what is sent to the authority. */
export const CertificateRequestDetail = CertificateRequest.extend({
  request: z.string().describe('PKCS #10, PEM. The key stays here.'),
}).meta({ id: 'CertificateRequestDetail' });
export type CertificateRequestDetail = z.infer<typeof CertificateRequestDetail>;

/** `POST /api/v1/certificates/requests`. */
export const NewCertificateRequest = z
  .strictObject({ key: z.enum(['P-256', 'P-384', 'RSA-3072']).optional().describe('P-256 unless given.') })
  .meta({ id: 'NewCertificateRequest', description: 'Asks for all names that are served.' });
export type NewCertificateRequest = z.infer<typeof NewCertificateRequest>;

/** `POST /api/v1/certificates/requests/{id}/sent`. */
export const SentCertificateRequest = z
  .strictObject({ to: z.string().trim().min(1).max(200).describe('To whom it went.') })
  .meta({ id: 'SentCertificateRequest' });
export type SentCertificateRequest = z.infer<typeof SentCertificateRequest>;

/** `POST /api/v1/certificates/requests/{id}/answer`. */
export const CertificateAnswer = z
  .strictObject({
    certificate: z.string().min(1).max(262_144).describe('PEM: the certificate and those above it, in any order.'),
    chain: z
      .enum(['known-root', 'any-end'])
      .default('known-root')
      .describe('`any-end`: somebody knows that peers trust what the chain ends at.'),
  })
  .meta({ id: 'CertificateAnswer' });
export type CertificateAnswer = z.infer<typeof CertificateAnswer>;
