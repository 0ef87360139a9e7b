import { Inject, Injectable } from '@nestjs/common';
import { Departure } from '@interoffice/contract';
import type { AuditLog, RecordedDeed } from '../audit/audit-log.js';
import { PORT } from '../ports.js';

const MOST = 50;

/** Who was shut out last, from the audit log, which is the evidence of it. */
@Injectable()
export class LatestDepartures {
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.audit) audit: AuditLog) {
    this.#audit = audit;
  }

  async list(): Promise<Departure[]> {
    const query = { action: 'account.closed', descending: true, offset: 0, limit: MOST };
    return (await this.#audit.list(query)).deeds.map(departureOf);
  }
}

function departureOf({ subject, actor, details }: RecordedDeed): Departure {
  return Departure.parse({ account: subject, by: actor, ...details });
}
