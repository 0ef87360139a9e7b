import type { Changes, Item, NodeConfig } from '../personal-nodes.js';
import type { Sql } from '../sql.js';
import { DEFAULTS } from './node-config.js';

/** What stands in the way of another item, and how the node is configured if it is there. */
export interface Standing {
  readonly config: NodeConfig | undefined;
  /** Nodes of the account. */
  readonly nodes: number;
  /** Bytes of all items: of the account, and of this node. */
  readonly accountBytes: number;
  readonly nodeBytes: number;
}

/** The latest item of somebody's node. */
export interface LastItem extends Item {
  /** The bare JID of the account. */
  readonly owner: string;
  readonly node: string;
  readonly config: NodeConfig;
  readonly atMs: number;
}

type StoredConfig = Partial<NodeConfig>;
/** Nobody is told more than this at a time when he comes online. */
const MOST_LAST_ITEMS = 500;

/** Nodes of accounts and the items in them, in the tables `pep_nodes` and `pep_items`. Each change is one statement. */
export class Nodes {
  constructor(private readonly sql: Sql) {}

  async standing(accountId: number, node: string): Promise<Standing> {
    const [row] = await this.sql.query<Omit<Standing, 'config'> & { config: StoredConfig | null }>(
      'pep.standing',
      `SELECT (SELECT config FROM pep_nodes WHERE account_id = $1 AND name = $2) AS config,
              (SELECT count(*)::int FROM pep_nodes WHERE account_id = $1) AS nodes,
              coalesce(sum(size), 0)::int AS "accountBytes",
              coalesce(sum(size) FILTER (WHERE node = $2), 0)::int AS "nodeBytes"
         FROM pep_items WHERE account_id = $1`,
      [accountId, node],
    );
    return { ...row!, config: row!.config === null ? undefined : complete(row!.config) };
  }

  /** The configuration of a node; undefined when there is no such node. */
  async find(accountId: number, node: string): Promise<NodeConfig | undefined> {
    const [row] = await this.sql.query<{ config: StoredConfig }>(
      'pep.find',
      'SELECT config FROM pep_nodes WHERE account_id = $1 AND name = $2',
      [accountId, node],
    );
    return row && complete(row.config);
  }

  async list(accountId: number): Promise<readonly { name: string; config: NodeConfig }[]> {
    const rows = await this.sql.query<{ name: string; config: StoredConfig }>(
      'pep.list',
      'SELECT name, config FROM pep_nodes WHERE account_id = $1 ORDER BY name',
      [accountId],
    );
    return rows.map(({ name, config }) => ({ name, config: complete(config) }));
  }

  /** The latest `max` items, oldest first. */
  items(accountId: number, node: string, max: number): Promise<readonly Item[]> {
    return this.sql.query<Item>(
      'pep.items',
      `SELECT id, payload FROM (
         SELECT id, payload, publication FROM pep_items WHERE account_id = $1 AND node = $2
          ORDER BY publication DESC LIMIT $3) AS latest ORDER BY publication`,
      [accountId, node, max],
    );
  }

  /** Those of the named items that are there, oldest first. */
  itemsNamed(accountId: number, node: string, ids: readonly string[]): Promise<readonly Item[]> {
    return this.sql.query<Item>(
      'pep.items-named',
      `SELECT id, payload FROM pep_items WHERE account_id = $1 AND node = $2 AND id = ANY($3) ORDER BY publication`,
      [accountId, node, ids],
    );
  }

  async create(accountId: number, node: string, config: NodeConfig): Promise<void> {
    await this.sql.query('pep.create', 'INSERT INTO pep_nodes (account_id, name, config) VALUES ($1, $2, $3)', [
      accountId,
      node,
      config,
    ]);
  }

  /** A node that keeps fewer items than before loses the oldest. */
  async configure(accountId: number, node: string, config: NodeConfig): Promise<void> {
    await this.sql.query(
      'pep.configure',
      `WITH configured AS (UPDATE pep_nodes SET config = $3 WHERE account_id = $1 AND name = $2),
            kept AS (SELECT id FROM pep_items WHERE account_id = $1 AND node = $2 ORDER BY publication DESC LIMIT $4)
       DELETE FROM pep_items WHERE account_id = $1 AND node = $2 AND id NOT IN (SELECT id FROM kept)`,
      [accountId, node, config, config.persistItems ? config.maxItems : 0],
    );
  }

  async remove(accountId: number, node: string): Promise<void> {
    await this.sql.query('pep.remove', 'DELETE FROM pep_nodes WHERE account_id = $1 AND name = $2', [accountId, node]);
  }

  async purge(accountId: number, node: string): Promise<void> {
    await this.sql.query('pep.purge', 'DELETE FROM pep_items WHERE account_id = $1 AND node = $2', [accountId, node]);
  }

  /**
   * Writes changes, all of them or none; a node that is not there is made with this configuration. Returns the ids of
   * those items that are gone now: removed, or the oldest where there are more than the node keeps.
   */
  async write(
    { accountId, node, config, atMs }: { accountId: number; node: string; config: NodeConfig; atMs: number },
    { items, removed }: Changes,
  ): Promise<ReadonlySet<string>> {
    const gone = await this.sql.query<{ id: string }>(
      'pep.write',
      `WITH made AS (
         INSERT INTO pep_nodes (account_id, name, config) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
       ), put AS (
         INSERT INTO pep_items (account_id, node, id, payload, size, published_at)
         SELECT $1, $2, id, payload, octet_length(payload), to_timestamp($4::float8 / 1000)
           FROM unnest($5::text[], $6::text[]) WITH ORDINALITY AS new (id, payload, place) ORDER BY place
         ON CONFLICT (account_id, node, id) DO UPDATE SET payload = excluded.payload, size = excluded.size,
           publication = excluded.publication, published_at = excluded.published_at
       ), kept AS (
         SELECT id FROM pep_items WHERE account_id = $1 AND node = $2 AND id <> ALL ($5) AND id <> ALL ($7)
          ORDER BY publication DESC LIMIT greatest(0, $8::int - cardinality($5::text[]))
       )
       DELETE FROM pep_items WHERE account_id = $1 AND node = $2 AND id <> ALL ($5) AND id NOT IN (SELECT id FROM kept)
       RETURNING id`,
      [
        accountId,
        node,
        config,
        atMs,
        items.map(({ id }) => id),
        items.map(({ payload }) => payload),
        removed,
        config.maxItems,
      ],
    );
    return new Set(gone.map(({ id }) => id));
  }

  /** Of these accounts' nodes of these names, those that send it when somebody comes online. XEP-0163 §4.3.4 */
  async lastItems(owners: readonly string[], nodes: readonly string[]): Promise<readonly LastItem[]> {
    const rows = await this.sql.query<Omit<LastItem, 'config'> & { config: StoredConfig }>(
      'pep.last-items',
      `SELECT a.jid AS owner, n.name AS node, n.config, i.id, i.payload,
              (extract(epoch FROM i.published_at) * 1000)::float8 AS "atMs"
         FROM accounts a JOIN pep_nodes n ON n.account_id = a.id
        CROSS JOIN LATERAL (SELECT id, payload, published_at FROM pep_items
           WHERE account_id = n.account_id AND node = n.name ORDER BY publication DESC LIMIT 1) AS i
        WHERE a.jid = ANY($1) AND n.name = ANY($2) AND n.config->>'sendLast' = 'on_sub_and_presence'
        ORDER BY i.published_at DESC LIMIT $3`,
      [owners, nodes, MOST_LAST_ITEMS],
    );
    return rows.map((row) => ({ ...row, config: complete(row.config) }));
  }
}

/** What a later release adds to configurations has its default in rows written before. */
function complete(stored: StoredConfig): NodeConfig {
  return { ...DEFAULTS, ...stored };
}
