import { Inject, Injectable } from '@nestjs/common';
import type {
  CertificateAnswer,
  CertificateRequest,
  CertificateRequestDetail,
  CertificateRequestList,
  CertificateRequestListQuery,
  NewCertificateRequest,
} from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import type { Asking } from '../accounts/account-changes.js';
import type { AuditLog } from '../audit/audit-log.js';
import { pageOf } from '../peers/page.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import type { AdministeredCertificates } from './administered-certificates.js';
import { requestOf } from './certificate-of.js';

/** Requests for certificates, as administrators make and answer them. Each change stands in the audit log first. */
@Injectable()
export class AskedCertificates {
  readonly #certificates: AdministeredCertificates;
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.certificates) certificates: AdministeredCertificates, @Inject(PORT.audit) audit: AuditLog) {
    this.#certificates = certificates;
    this.#audit = audit;
  }

  async list(asked: CertificateRequestListQuery): Promise<CertificateRequestList> {
    const rows = (await this.#certificates.requests()).map(requestOf);
    return pageOf(rows, asked, ({ state, madeAt }, field) => (field === 'state' ? state : madeAt));
  }

  /** Rejects with REQUEST_UNKNOWN. */
  async find(id: string): Promise<CertificateRequestDetail> {
    const request = await asProblem(this.#certificates.requestPem(id));
    const row = (await this.#certificates.requests()).find((one) => one.id === id);
    if (!row) throw new ProblemError('REQUEST_UNKNOWN');
    return { ...requestOf(row), request };
  }

  /** Rejects with CONFLICT when there are too many, AUDIT_UNAVAILABLE. */
  async make({ key }: NewCertificateRequest, by: Asking): Promise<CertificateRequest> {
    await this.#record('certificate.request', 'new', { key }, by);
    return requestOf(await asProblem(this.#certificates.request({ key })));
  }

  /** Rejects with REQUEST_UNKNOWN, CONFLICT, AUDIT_UNAVAILABLE. */
  async sent(id: string, to: string, by: Asking): Promise<CertificateRequest> {
    await this.#record('certificate.sent', id, { to }, by);
    return requestOf(await asProblem(this.#certificates.sent(id, to)));
  }

  /** Rejects with REQUEST_UNKNOWN, CONFLICT, CERTIFICATE_REFUSED (with the reason), AUDIT_UNAVAILABLE. */
  async answer(id: string, { certificate, chain }: CertificateAnswer, by: Asking): Promise<CertificateRequest> {
    await this.#record('certificate.answer', id, { chain }, by);
    return requestOf(await asProblem(this.#certificates.answer(id, certificate, chain)));
  }

  /** Rejects with REQUEST_UNKNOWN, CONFLICT while it is live, AUDIT_UNAVAILABLE. */
  async remove(id: string, by: Asking): Promise<void> {
    await this.#record('certificate.request.remove', id, {}, by);
    await asProblem(this.#certificates.remove(id));
  }

  async #record(action: string, subject: string, details: object, { who, address }: Asking): Promise<void> {
    const { jid, role } = who.account;
    await this.#audit.record({ actor: jid.bare, role, action, subject, details: { ...details }, address });
  }
}

const CONFLICTS: ReadonlySet<string> = new Set(['REQUEST_STATE', 'REQUESTS_TOO_MANY', 'CERTIFICATE_ELSEWHERE']);
const JUDGED = /^(CERTIFICATE|CHAIN|KEY)_/;

/** What the certificate or the request is refused for is the caller's; everything else is our fault. */
async function asProblem<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message: detail } = error;
    if (code === 'REQUEST_NOT_FOUND') throw new ProblemError('REQUEST_UNKNOWN', detail);
    if (CONFLICTS.has(code)) throw new ProblemError('CONFLICT', detail);
    if (JUDGED.test(code)) throw new ProblemError('CERTIFICATE_REFUSED', `${detail} [${code}]`);
    throw error;
  }
}
