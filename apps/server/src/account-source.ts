import { createHash } from 'node:crypto';
import type { Directory, Standing } from '@interoffice/directory';
import type { Sql } from '@interoffice/features';
import type { Account, AccountFacts, AccountSource, Feature, Forward, Kept } from '@interoffice/routing';
import { parseJid } from '@interoffice/wire';

/** What one account has kept, in the order of the features. */
type KeptRow = readonly unknown[];

/** The question for everything that features keep about accounts. */
interface Question {
  readonly keeps: readonly Kept[];
  readonly name: string;
  readonly text: string;
}

/** Of addresses that were somebody's: theirs now, and how long the old one forwards. */
const FORWARDS = `SELECT f.jid, a.jid AS now, (extract(epoch FROM f.forwards_until) * 1000)::float8 AS until_ms
  FROM former_addresses f JOIN accounts a ON a.id = f.account_id WHERE f.jid = ANY ($1::text[])`;

/** Accounts from the directory, filled by the features that keep something about them: one statement for all. */
export class DirectoryAccounts implements AccountSource {
  #question: Question | undefined;

  constructor(
    private readonly directory: Pick<Directory, 'standings'>,
    private readonly sql: Sql,
    private readonly features: () => readonly Feature[],
  ) {}

  async find(bares: readonly string[]): Promise<ReadonlyMap<string, AccountFacts>> {
    const standings = await this.directory.standings(bares);
    return new Map([...standings].map(([bare, standing]) => [bare, factsOf(standing)]));
  }

  async forwards(bares: readonly string[]): Promise<ReadonlyMap<string, Forward>> {
    type Row = { readonly jid: string; readonly now: string; readonly until_ms: number };
    const rows = await this.sql.query<Row>('accounts.forwards', FORWARDS, [bares]);
    return new Map(rows.map(({ jid, now, until_ms: untilMs }) => [jid, { to: parseJid(now), untilMs }]));
  }

  async complete(accounts: readonly Account[]): Promise<void> {
    const loads = this.features().flatMap((feature) => feature.loads?.(accounts) ?? []);
    await Promise.all([this.#fill(accounts), ...loads]);
  }

  async #fill(accounts: readonly Account[]): Promise<void> {
    const { keeps, name, text } = (this.#question ??= questionOf(this.features()));
    const rows = await this.sql.query<{ id: number; kept: KeptRow }>(name, text, [accounts.map(({ id }) => id)]);
    const byId = new Map(rows.map(({ id, kept }) => [id, kept]));
    for (const account of accounts) {
      byId.get(account.id)?.forEach((kept, i) => {
        if (kept !== null) keeps[i]!.fill(account, kept);
      });
    }
  }
}

/** The name holds a hash of the text, since it must always stand for the same. */
function questionOf(features: readonly Feature[]): Question {
  const keeps = features.flatMap((feature) => feature.keeps ?? []);
  const parts = keeps.map(({ sql }) => `(${sql})`).join(',\n');
  const text = `SELECT a.id, json_build_array(${parts}) AS kept FROM unnest($1::bigint[]) AS a (id)`;
  return { keeps, name: `accounts.kept.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text };
}

export function factsOf({ id, jid, office, state, role }: Standing): AccountFacts {
  return { id, jid, office: office ?? '', isActive: state === 'active', role };
}
