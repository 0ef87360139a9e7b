import {
  CertificateList,
  CertificateRequest,
  CertificateRequestDetail,
  CertificateRequestList,
  CertificateStanding,
} from '@interoffice/contract';
import { ask, tell } from '../http.js';

/** The API gives no more at once; what ends first comes first. */
export const MOST_ROWS = 200;
const ALL = `0-${MOST_ROWS - 1}`;
const path = (id: string): string => `/certificates/requests/${encodeURIComponent(id)}`;

export function certificates(): Promise<CertificateList> {
  return ask(CertificateList, '/certificates', { query: { range: ALL } });
}

export function standing(): Promise<CertificateStanding> {
  return ask(CertificateStanding, '/certificates/standing');
}

export function requests(): Promise<CertificateRequestList> {
  return ask(CertificateRequestList, '/certificates/requests', { query: { sort: '-madeAt', range: ALL } });
}

export function requestOf(id: string): Promise<CertificateRequestDetail> {
  return ask(CertificateRequestDetail, path(id));
}

export function makeRequest(): Promise<CertificateRequest> {
  return ask(CertificateRequest, '/certificates/requests', { method: 'POST', body: {} });
}

export function markSent(id: string, to: string): Promise<CertificateRequest> {
  return ask(CertificateRequest, `${path(id)}/sent`, { method: 'POST', body: { to } });
}

export function answer(id: string, certificate: string, isEndKnown: boolean): Promise<CertificateRequest> {
  const chain = isEndKnown ? 'any-end' : 'known-root';
  return ask(CertificateRequest, `${path(id)}/answer`, { method: 'POST', body: { certificate, chain } });
}

export function forget(id: string): Promise<void> {
  return tell(path(id), { method: 'DELETE' });
}
