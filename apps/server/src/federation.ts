import { OutboundMessages } from '@interoffice/archive';
import type { GroupRecords } from '@interoffice/directory';
import type { Denial, DenialStore, FederationParts, MarkStore, PeerMark } from '@interoffice/federation/queue';
import { type Account, facet, type Feature } from '@interoffice/routing';
import type { Rule } from '@interoffice/policy';
import type { Database } from '@interoffice/storage';
import type { Sql } from '@interoffice/features';

/** What the server is given to talk to others. */
export type FederationWish = Pick<
  FederationParts,
  | 'rules'
  | 'policyVersion'
  | 'peers'
  | 'relay'
  | 'bidi'
  | 'gateways'
  | 'reader'
  | 'marks'
  | 'denials'
  | 'receipts'
  | 'maxAgeMs'
> & {
  readonly strangers: Pick<FederationParts['strangers'], 'wishOf' | 'newContactsPerHour'>;
  /** The directories' groups; asked when a rule names one. */
  readonly groups: Pick<GroupRecords, 'groupsOf'>;
};

/** What waits for peers, and how far they have got, in PostgreSQL. */
export function outboundOf(
  database: Database,
  sql: Sql,
  domains: readonly string[],
  relayed: readonly { readonly domain: string; readonly peer: string }[],
): Pick<FederationWish, 'marks' | 'denials'> & { readonly reader: OutboundMessages } {
  return {
    reader: new OutboundMessages(database, domains, relayed),
    marks: new PostgresMarks(sql),
    denials: new PostgresDenials(sql),
  };
}

class PostgresMarks implements MarkStore {
  constructor(private readonly sql: Sql) {}

  async all(): Promise<readonly PeerMark[]> {
    type Row = { readonly domain: string; readonly peer: string; readonly id: string };
    const text = 'SELECT domain, peer, journal_id::text AS id FROM peer_marks';
    const rows = await this.sql.query<Row>('peer_marks.all', text, []);
    return rows.map(({ domain, peer, id }) => ({ domain, peer, journalId: BigInt(id) }));
  }

  async move(marks: readonly PeerMark[]): Promise<void> {
    await this.sql.query(
      'peer_marks.move',
      `INSERT INTO peer_marks (domain, peer, journal_id)
       SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
       ON CONFLICT (domain, peer) DO UPDATE SET journal_id = greatest(peer_marks.journal_id, excluded.journal_id)`,
      [
        marks.map(({ domain }) => domain),
        marks.map(({ peer }) => peer),
        marks.map(({ journalId }) => journalId.toString()),
      ],
    );
  }
}

interface DenialRow {
  readonly id: string;
  readonly at_ms: number;
  readonly direction: Denial['direction'];
  readonly sender: string;
  readonly receiver: string;
  readonly peer: string;
  readonly classes: Denial['classes'];
  readonly rule: string | null;
  readonly because: string;
  readonly policy_version: number;
  readonly office: string | null;
  readonly groups: string[] | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

class PostgresDenials implements DenialStore {
  constructor(private readonly sql: Sql) {}

  /** What is older than a quarter of a year goes with it. */
  async write(denials: readonly Denial[]): Promise<void> {
    await this.sql.query(
      'denials.write',
      `WITH old AS (DELETE FROM denials WHERE at < now() - interval '90 days')
       INSERT INTO denials (id, at, direction, sender, receiver, peer, classes, rule, because, policy_version, office, groups)
       SELECT (d->>'id')::uuid, to_timestamp((d->>'atMs')::float8 / 1000), d->>'direction', d->>'from', d->>'to', d->>'peer',
              ARRAY(SELECT jsonb_array_elements_text(d->'classes')), d->>'rule', d->>'because', (d->>'policyVersion')::int,
              d->>'office', ARRAY(SELECT jsonb_array_elements_text(d->'groups'))
         FROM jsonb_array_elements($1::jsonb) d
       ON CONFLICT (id) DO NOTHING`,
      [JSON.stringify(denials)],
    );
  }

  async find(id: string): Promise<Denial | undefined> {
    if (!UUID.test(id)) return undefined;
    const text = `SELECT id, (extract(epoch FROM at) * 1000)::float8 AS at_ms, direction, sender, receiver, peer, classes,
      rule, because, policy_version, office, groups FROM denials WHERE id = $1`;
    const [row] = await this.sql.query<DenialRow>('denials.find', text, [id]);
    if (!row) return undefined;
    const {
      at_ms: atMs,
      sender: from,
      receiver: to,
      rule,
      policy_version: policyVersion,
      office,
      groups,
      ...same
    } = row;
    const side = { office: office ?? undefined, groups: groups ?? undefined };
    return { ...same, atMs, from, to, rule: rule ?? undefined, policyVersion, ...side };
  }
}

const groupNames = facet<ReadonlySet<string>>('federation.groups', new Set());

/** The groups of the directory that an account is in, by name, as far as rules ask for groups at all. */
export function groupNamesOf(account: Account): ReadonlySet<string> {
  return account.get(groupNames);
}

/** The groups of accounts in memory, for rules that name groups; without such a rule nothing is read. */
export class GroupsForRules {
  #areWanted: boolean;
  readonly feature: Feature = {
    name: 'federation-groups',
    implements: [],
    loads: async (accounts) => {
      if (this.#areWanted) await Promise.all(accounts.map((account) => this.#read(account)));
    },
  };

  constructor(private readonly wish: Pick<FederationWish, 'rules' | 'groups'>) {
    this.#areWanted = nameGroups(wish.rules);
  }

  /** Before other rules hold. Rejects with the database; what it has not read then is read the next time. */
  async prepare(rules: readonly Rule[], inMemory: () => Iterable<Account>): Promise<void> {
    if (this.#areWanted || !nameGroups(rules)) return;
    // Who comes into memory from here on brings their groups along.
    this.#areWanted = true;
    try {
      await this.reread(inMemory());
    } catch (error) {
      this.#areWanted = false;
      throw error;
    }
  }

  /** A directory may have put somebody into another group. Rejects with the database. */
  async reread(accounts: Iterable<Account>): Promise<void> {
    if (!this.#areWanted) return;
    for (const account of accounts) await this.#read(account);
  }

  async #read(account: Account): Promise<void> {
    const found = await this.wish.groups.groupsOf(account.id);
    account.put(groupNames, new Set(found.map(({ group }) => group.name)));
  }
}

function nameGroups(rules: readonly Rule[]): boolean {
  return rules.some(({ who }) => who.some((one) => typeof one === 'object' && 'group' in one));
}
