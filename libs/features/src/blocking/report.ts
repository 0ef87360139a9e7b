import { facet, refuse, type Account, type Refused } from '@interoffice/routing';
import { badRequest, type Element, NS, policyViolation, tryJid } from '@interoffice/wire';
import type { Sql } from '../sql.js';

/** What somebody says of whom they block. XEP-0377 */
export interface Report {
  /** As it was blocked: a device, an account or a domain. */
  readonly about: string;
  readonly reason: 'spam' | 'abuse' | 'other';
  readonly note: string;
  /** Ids of the messages it is about, in the reporter's own archive. */
  readonly messages: readonly string[];
}

const REASONS: ReadonlyMap<string, Report['reason']> = new Map([
  ['urn:xmpp:reporting:spam', 'spam'],
  ['urn:xmpp:reporting:abuse', 'abuse'],
]);
const MOST_NOTE = 2_000;
const MOST_MESSAGES = 20;
const MOST_AN_HOUR = 50;
const HOUR_MS = 3_600_000;

/** What a request to block reports. A report without a reason is none: XEP-0377 §3 */
export function readReports(request: Element, own: string): Report[] | Refused {
  const reports: Report[] = [];
  for (const item of request.getChildren('item')) {
    const report = item.getChild('report', NS.reporting);
    const about = tryJid(String(item.attrs['jid'] ?? ''));
    if (!report || !about) continue;
    if (!report.attrs['reason']) return refuse(badRequest('A report gives a reason.'), 'a report without reason');
    const ids = report.getChildren('stanza-id', NS.sid).filter(({ attrs }) => attrs['by'] === own);
    reports.push({
      about: about.toString(),
      reason: REASONS.get(String(report.attrs['reason'])) ?? 'other',
      // PostgreSQL's text has no place for NUL, and neither has XML.
      note: (report.getChildText('text', NS.reporting) ?? '').slice(0, MOST_NOTE),
      messages: ids.slice(0, MOST_MESSAGES).map(({ attrs }) => String(attrs['id'] ?? '').slice(0, 64)),
    });
  }
  return reports;
}

const recentOf = facet<readonly number[]>('blocking.reports', []);

/** Puts reports where administrators find them, in the table `reports`. */
export class Reports {
  constructor(
    private readonly sql: Sql,
    private readonly clock: { now(): number },
  ) {}

  /** Rejects with the database. Refused: too many within the hour, and none of them was written. */
  async add(account: Account, reports: readonly Report[]): Promise<Refused | undefined> {
    if (reports.length === 0) return undefined;
    const nowMs = this.clock.now();
    const recent = account.get(recentOf).filter((atMs) => atMs + HOUR_MS > nowMs);
    if (recent.length + reports.length > MOST_AN_HOUR) {
      const text = 'Too many reports within an hour. Block without a report, or try again later.';
      return refuse(policyViolation(text, { type: 'wait' }), 'too many reports');
    }
    account.put(recentOf, [...recent, ...reports.map(() => nowMs)]);
    await this.sql.query(
      'reports.add',
      `INSERT INTO reports (at, reporter, office, about, peer, reason, note, messages)
       SELECT to_timestamp($1::float8 / 1000), $2, $3, r->>'about', r->>'peer', r->>'reason', r->>'note',
              ARRAY(SELECT jsonb_array_elements_text(r->'messages'))
         FROM jsonb_array_elements($4::jsonb) r`,
      [nowMs, account.bare, account.facts.office, JSON.stringify(reports.map(withPeer))],
    );
    return undefined;
  }
}

function withPeer(report: Report): Report & { readonly peer: string } {
  return { ...report, peer: tryJid(report.about)!.domain };
}
