import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  type Certificate,
  CertificateAnswer,
  CertificateList,
  CertificateListQuery,
  CertificateRequest,
  CertificateRequestDetail,
  CertificateRequestList,
  CertificateRequestListQuery,
  CertificateStanding,
  NewCertificateRequest,
  SentCertificateRequest,
} from '@interoffice/contract';
import { type Identity, Permission, RemoteAddress, Who } from '../access/permission.js';
import { answers } from '../openapi/answers.js';
import { mentions, pageOf } from '../peers/page.js';
import { PORT } from '../ports.js';
import type { AdministeredCertificates } from './administered-certificates.js';
import { AskedCertificates } from './asked-certificates.js';
import { certificateOf, standingOf } from './certificate-of.js';

/** Certificates, ours and those of peers: until when they are good, who renews ours, and what is asked for. */
@ApiTags('certificates')
@Controller('api/v1/certificates')
export class CertificatesController {
  readonly #certificates: AdministeredCertificates;
  readonly #asked: AskedCertificates;

  constructor(
    @Inject(PORT.certificates) certificates: AdministeredCertificates,
    @Inject(AskedCertificates) asked: AskedCertificates,
  ) {
    this.#certificates = certificates;
    this.#asked = asked;
  }

  @Get()
  @Permission('certificates:read')
  @ApiResponse(answers(200, CertificateList))
  async list(
    @Query({ schema: CertificateListQuery }) { text, whose, ...asked }: CertificateListQuery,
  ): Promise<CertificateList> {
    const all = (await this.#certificates.rows()).map(certificateOf);
    const rows = all.filter(
      (row) =>
        (whose === undefined || row.whose === whose) &&
        mentions([row.domain, row.subject, row.issuer, ...row.names], text),
    );
    return pageOf(rows, asked, keyOf);
  }

  @Get('standing')
  @Permission('certificates:read')
  @ApiResponse(answers(200, CertificateStanding))
  async standing(): Promise<CertificateStanding> {
    return standingOf(await this.#certificates.standing());
  }

  @Get('requests')
  @Permission('certificates:read')
  @ApiResponse(answers(200, CertificateRequestList))
  requests(
    @Query({ schema: CertificateRequestListQuery }) query: CertificateRequestListQuery,
  ): Promise<CertificateRequestList> {
    return this.#asked.list(query);
  }

  @Get('requests/:id')
  @Permission('certificates:read')
  @ApiResponse(answers(200, CertificateRequestDetail))
  request(@Param('id') id: string): Promise<CertificateRequestDetail> {
    return this.#asked.find(id);
  }

  @Post('requests')
  @HttpCode(201)
  @Permission('certificates:write')
  @ApiResponse(answers(201, CertificateRequest))
  make(
    @Body({ schema: NewCertificateRequest }) wish: NewCertificateRequest,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<CertificateRequest> {
    return this.#asked.make(wish, { who, address });
  }

  @Post('requests/:id/sent')
  @HttpCode(200)
  @Permission('certificates:write')
  @ApiResponse(answers(200, CertificateRequest))
  sent(
    @Param('id') id: string,
    @Body({ schema: SentCertificateRequest }) { to }: SentCertificateRequest,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<CertificateRequest> {
    return this.#asked.sent(id, to, { who, address });
  }

  @Post('requests/:id/answer')
  @HttpCode(200)
  @Permission('certificates:write')
  @ApiResponse(answers(200, CertificateRequest))
  answer(
    @Param('id') id: string,
    @Body({ schema: CertificateAnswer }) answer: CertificateAnswer,
    @Who() who: Identity,
    @RemoteAddress() address: string,
  ): Promise<CertificateRequest> {
    return this.#asked.answer(id, answer, { who, address });
  }

  @Delete('requests/:id')
  @HttpCode(204)
  @Permission('certificates:write')
  remove(@Param('id') id: string, @Who() who: Identity, @RemoteAddress() address: string): Promise<void> {
    return this.#asked.remove(id, { who, address });
  }
}

function keyOf({ domain, state, notAfter = '' }: Certificate, field: string): string {
  if (field === 'domain') return domain;
  return field === 'state' ? state : notAfter;
}
