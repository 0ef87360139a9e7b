import path from 'node:path';
import { CertificateRequests } from '@interoffice/pki';
import type { AdministeredCertificates, CertificateRow, CertificateStanding } from './administered-certificates.js';

/** Rows that a test says, and real requests in the folder `home`; `roots` are those believed. */
export class StagedCertificates implements AdministeredCertificates {
  all: CertificateRow[] = [];
  now: CertificateStanding = {
    names: ['im.example'],
    isSwappable: true,
    renewal: undefined,
    probe: undefined,
    gateways: [],
    warnings: [],
  };
  readonly #requests: CertificateRequests;

  constructor(clock: { now(): number }, home: string, roots: readonly string[] = []) {
    const live = path.join(home, 'live.pem');
    this.#requests = new CertificateRequests({ folder: path.join(home, 'requests'), live, roots, clock });
  }

  rows = () => Promise.resolve(this.all);
  standing = () => Promise.resolve(this.now);
  requests = () => this.#requests.list();
  requestPem = (id: string) => this.#requests.request(id);
  request: AdministeredCertificates['request'] = ({ names, key }) => this.#requests.make(names ?? this.now.names, key);
  sent = (id: string, to: string) => this.#requests.markSent(id, to, Date.now());
  remove = (id: string) => this.#requests.remove(id);

  async answer(id: string, chainPem: string, chain: 'known-root' | 'any-end') {
    await this.#requests.answer(id, chainPem, chain);
    return (await this.#requests.activate(id)).request;
  }
}
