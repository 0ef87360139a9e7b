// For campaigns: what the owner of the database does to sealed rows, and whether both verifiers name every one of them.
import { spawnSync } from 'node:child_process';
import { copyFileSync, createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { seeded } from '../load/corpus.mjs';
import { Conversations } from './fill.mjs';
import { root } from './machinery.mjs';

const { Database, EmbeddedPostgres, migrate } = await import(path.join(root, 'libs/storage/dist/index.js'));
const { silentLog, systemClock } = await import(path.join(root, 'libs/telemetry/dist/index.js'));
const { Seal, SealKeys, SealRecords, verifyLog } = await import(path.join(root, 'libs/archive/dist/index.js'));

const ORIGIN = 'im.example/archive';
const VERIFY = path.join(root, 'docs/compliance/verify/verify.py');
const SIZES = { full: { rows: 200_000, mutations: 10_000 }, small: { rows: 3_000, mutations: 300 } };
const LEAST_PER_S = 20_000;
/** Facts of a row, and whether each is a number. */
const FACTS = {
  author_id: true,
  receiver_id: true,
  policy_version: true,
  size: true,
  kind: true,
  verdict: true,
  retention_class: true,
  about: true,
  author: false,
  author_device: false,
  author_office: false,
  receiver: false,
  receiver_device: false,
  receiver_office: false,
  room: false,
  peer: false,
  gateway: false,
  decision_id: false,
  stanza_id: false,
  origin_id: false,
  thread: false,
};

/** 10,000 random changes by the owner of the database: every one is found and named, by both programs. C-03 */
export async function verifyPart({ small, log }) {
  const size = small ? SIZES.small : SIZES.full;
  const lab = await Lab.open();
  try {
    await lab.fill(size.rows);
    log(`${size.rows} messages written and sealed`);
    const clean = await lab.verify();
    const pythonClean = await lab.python();
    const changed = await lab.mutate(size.mutations);
    log(`${changed.size} rows changed in ${lab.kinds.size} ways`);
    const ours = await lab.verify();
    const python = await lab.python();
    const again = await lab.recompute();
    return { name: 'verify', lines: linesOf({ size, clean, pythonClean, changed, ours, python, again, lab }) };
  } finally {
    await lab.close();
  }
}

function linesOf({ size, clean, pythonClean, changed, ours, python, again, lab }) {
  const isSmall = size.rows === SIZES.small.rows;
  const missed = (found) => [...changed].filter((id) => !found.has(id)).length;
  const wrong = (found) => [...found].filter((id) => !changed.has(id)).length;
  const rate = ({ rows, seconds }) => Math.round(rows / seconds);
  return [
    {
      what: 'faults in what nobody touched, by both verifiers',
      figure: `${clean.faults.length} and ${pythonClean.found.size}`,
      limit: '0',
      ok: clean.faults.length === 0 && pythonClean.found.size === 0,
    },
    {
      what: `rows that were changed, in ${lab.kinds.size} ways, and not named by interoffice archive verify`,
      figure: `${missed(ours.found)} of ${changed.size}`,
      limit: '0',
      ok: missed(ours.found) === 0 && changed.size >= size.mutations,
    },
    {
      what: 'rows that it names and nobody touched',
      figure: `${wrong(ours.found)}`,
      limit: '0',
      ok: wrong(ours.found) === 0,
    },
    {
      what: 'rows that were changed and not named by verify.py',
      figure: `${missed(python.found)} of ${changed.size}`,
      limit: '0',
      ok: missed(python.found) === 0,
    },
    {
      what: 'rows that it names and nobody touched',
      figure: `${wrong(python.found)}`,
      limit: '0',
      ok: wrong(python.found) === 0,
    },
    {
      what: 'the whole tree computed anew without the key: named, and the signature refused',
      figure: again.text,
      limit: 'both',
      ok: again.ok,
    },
    {
      what: 'records a second and core, interoffice archive verify',
      figure: `${rate(clean)}`,
      limit: `${LEAST_PER_S}`,
      ok: isSmall || rate(clean) >= LEAST_PER_S,
    },
    {
      what: 'records a second and core, verify.py',
      figure: `${rate(pythonClean)}`,
      limit: `${LEAST_PER_S}`,
      ok: isSmall || rate(pythonClean) >= LEAST_PER_S,
    },
  ];
}

/** A sealed archive in a database of its own, and what its owner may do. */
class Lab {
  kinds = new Map();
  #random = seeded(7_007);

  static async open() {
    const lab = new Lab();
    lab.folder = mkdtempSync(path.join(os.tmpdir(), 'interoffice-verify-'));
    lab.server = new EmbeddedPostgres({ dataDir: path.join(lab.folder, 'pg'), log: silentLog });
    await lab.server.start();
    lab.database = new Database({ connection: lab.server.connection, log: silentLog });
    await migrate(lab.database, { log: silentLog });
    lab.seal = path.join(lab.folder, 'seal');
    lab.keys = await SealKeys.open({ folder: lab.seal, origin: ORIGIN, clock: systemClock });
    return lab;
  }

  async fill(rows) {
    const accounts = Array.from({ length: 500 }, (_, i) => ({ id: i + 1, jid: `u${i}@im.example` }));
    const conversations = new Conversations({ accounts, fromMs: Date.UTC(2026, 5, 1), stepMs: 5 });
    await conversations.write(this.database.connectionOf('writer'), { count: rows, told: () => undefined });
    for (let i = 0; i < 200; i++)
      await this.database.query(
        'app',
        `INSERT INTO audit (actor, action, subject) VALUES ('olga@im.example', 'archive.view', $1)`,
        [String(i)],
      );
    const [{ last }] = await this.database.query('owner', `SELECT lpad(to_hex(max(id)), 16, '0') AS last FROM journal`);
    const records = new SealRecords(this.database, ORIGIN);
    const seal = new Seal({
      records,
      folder: this.seal,
      origin: ORIGIN,
      clock: systemClock,
      sign: (text) => this.keys.sign(text),
      upTo: () => last,
    });
    await seal.open();
    await seal.seal();
    seal.close();
    this.rows = rows + 200;
  }

  async verify() {
    const began = performance.now();
    const data = {
      connection: this.server.connection,
      folder: this.seal,
      origin: ORIGIN,
      keys: this.keys.history,
      known: [],
    };
    const { faults, faultCount } = await verifyLog(data, () => undefined);
    const seconds = (performance.now() - began) / 1_000;
    if (faultCount !== faults.length) throw new Error('There are more faults than are told.');
    return {
      faults,
      found: new Set(faults.flatMap(({ source, id }) => (id === undefined ? [] : [`${source} ${id}`]))),
      rows: this.rows,
      seconds,
    };
  }

  /** The second verifier, over a copy of the log with every row as it is now. */
  async python() {
    const copy = mkdtempSync(path.join(this.folder, 'copy-'));
    for (const file of ['entries', 'checkpoint', 'keys.json'])
      copyFileSync(path.join(this.seal, file), path.join(copy, file));
    await this.#dump(path.join(copy, 'records.jsonl'));
    const policy = path.join(this.folder, 'policy.txt');
    writeFileSync(policy, `log ${this.keys.history[0].key}\n`);
    const start = performance.now();
    const { stdout, stderr } = spawnSync('/usr/bin/python3', [VERIFY, 'log', '--policy', policy, copy], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const seconds = (performance.now() - start) / 1_000;
    if (stderr !== '') throw new Error(stderr);
    const found = new Set();
    for (const [, id, source] of stdout.matchAll(/^fault: row ([0-9a-f]{16}) of the (\w+)/gm))
      found.add(`${source} ${id}`);
    rmSync(copy, { recursive: true });
    return { found, rows: this.rows, seconds };
  }

  /** Bytes that are no text any more stand as they are. */
  async #dump(file) {
    const out = createWriteStream(file);
    const us = (of) => `(extract(epoch FROM ${of} - timestamptz '2000-01-01 00:00:00Z') * 1000000)::bigint`;
    const journal = `SELECT json_build_object('source', 'journal', 'id', lpad(to_hex(j.id), 16, '0'), 'salt', encode(salt, 'hex'),
        'at_us', ${us('j.at')}, 'author_id', author_id, 'receiver_id', receiver_id, 'about', lpad(to_hex(about), 16, '0'),
        'policy_version', policy_version, 'size', size, 'kind', kind, 'verdict', verdict, 'retention_class', j.retention_class,
        'author', author, 'author_device', author_device, 'author_office', author_office, 'receiver', receiver,
        'receiver_device', receiver_device, 'receiver_office', receiver_office, 'room', room, 'peer', peer, 'gateway', gateway,
        'decision_id', decision_id, 'stanza_id', stanza_id, 'origin_id', origin_id, 'thread', thread,
        'stanza_hex', encode(c.stanza, 'hex'), 'body', c.body, 'leaf', encode(leaf, 'hex'))::text AS line, j.id::text AS next
      FROM journal j LEFT JOIN journal_content c ON c.id = j.id AND c.at = j.at AND c.retention_class = j.retention_class`;
    const audit = `SELECT json_build_object('source', 'audit', 'id', lpad(to_hex(id), 16, '0'), 'salt', encode(salt, 'hex'),
        'at_us', ${us('at')}, 'actor', actor, 'actor_role', actor_role, 'action', action, 'subject', subject, 'reason', reason,
        'details', details::text, 'remote', remote, 'leaf', encode(leaf, 'hex'))::text AS line FROM audit ORDER BY id`;
    for (let after = -1n; ;) {
      const rows = await this.database.query('owner', `${journal} WHERE j.id > ${after} ORDER BY j.id LIMIT 10000`);
      for (const { line } of rows) out.write(`${line}\n`);
      if (rows.length === 0) break;
      after = BigInt(rows.at(-1).next);
    }
    for (const { line } of await this.database.query('owner', audit)) out.write(`${line}\n`);
    await new Promise((resolve) => out.end(resolve));
  }

  /** So many rows, each in one way of those there are; returns what has to be named. */
  async mutate(count) {
    const all = (await this.database.query('owner', `SELECT id::text FROM journal ORDER BY id`)).map(({ id }) =>
      BigInt(id),
    );
    const cut = Math.floor(count / 50);
    const free = all.slice(0, -cut);
    const taken = new Set();
    const changed = new Set();
    const pick = () => {
      for (;;) {
        const at = Math.floor(this.#random() * free.length);
        if (taken.has(at)) continue;
        taken.add(at);
        return free[at];
      }
    };
    const named = (id) => changed.add(`journal ${id.toString(16).padStart(16, '0')}`);
    const did = (kind) => this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    await this.database.transaction('owner', async (owner) => {
      const how = this.#ways(owner, pick, named);
      for (const id of all.slice(-cut)) named(id);
      await owner.query(`DELETE FROM journal WHERE id >= ${all.at(-cut)}`);
      did('the end cut off');
      while (changed.size < count) {
        const kinds = Object.keys(how);
        const kind = kinds[Math.floor(this.#random() * kinds.length)];
        await how[kind]();
        did(kind);
      }
      await owner.query(`UPDATE audit SET reason = 'another' WHERE id % 7 = 0`);
      did('an act changed');
    });
    for (const { id } of await this.database.query(
      'owner',
      `SELECT lpad(to_hex(id), 16, '0') AS id FROM audit WHERE id % 7 = 0`,
    ))
      changed.add(`audit ${id}`);
    return changed;
  }

  #ways(owner, pick, named) {
    const flip = async (table, column, id) => {
      const [{ bits }] = await owner.query(`SELECT octet_length(${column}) * 8 AS bits FROM ${table} WHERE id = ${id}`);
      const at = Math.floor(this.#random() * bits);
      await owner.query(
        `UPDATE ${table} SET ${column} = set_bit(${column}, ${at}, 1 - get_bit(${column}, ${at})) WHERE id = ${id}`,
      );
    };
    return {
      'a bit of the stanza flipped': async () => {
        const id = pick();
        await flip('journal_content', 'stanza', id);
        named(id);
      },
      'a bit of the leaf flipped': async () => {
        const id = pick();
        await flip('journal', 'leaf', id);
        named(id);
      },
      'a bit of the salt flipped': async () => {
        const id = pick();
        await flip('journal', 'salt', id);
        named(id);
      },
      'the text changed': async () => {
        const id = pick();
        await owner.query(`UPDATE journal_content SET body = coalesce(body, '') || 'x' WHERE id = ${id}`);
        named(id);
      },
      'a fact changed': async () => {
        const id = pick();
        const facts = Object.entries(FACTS);
        const [column, isNumber] = facts[Math.floor(this.#random() * facts.length)];
        const value = isNumber ? `coalesce(${column}, 0) + 1` : `coalesce(${column}, '') || 'x'`;
        await owner.query(`UPDATE journal SET ${column} = ${value} WHERE id = ${id}`);
        named(id);
      },
      'another moment': async () => {
        const id = pick();
        await owner.query(`UPDATE journal SET at = at + interval '1 microsecond' WHERE id = ${id}`);
        named(id);
      },
      'a row taken away': async () => {
        const id = pick();
        await owner.query(`DELETE FROM journal WHERE id = ${id}`);
        named(id);
      },
      'content taken away': async () => {
        const id = pick();
        await owner.query(`DELETE FROM journal_content WHERE id = ${id}`);
        named(id);
      },
      'a row put in later': async () => {
        const id = pick();
        await owner.query(
          `INSERT INTO journal SELECT (jsonb_populate_record(j, jsonb_build_object('id', j.id + 1))).* FROM journal j WHERE id = ${id}`,
        );
        named(id + 1n);
      },
      'two contents exchanged': async () => {
        const [a, b] = [pick(), pick()];
        await owner.query(
          `UPDATE journal_content x SET stanza = y.stanza, body = y.body FROM journal_content y WHERE (x.id, y.id) IN ((${a}, ${b}), (${b}, ${a}))`,
        );
        const [{ same }] = await owner.query(
          `SELECT (SELECT (stanza, body) FROM journal_content WHERE id = ${a}) = (SELECT (stanza, body) FROM journal_content WHERE id = ${b}) AS same`,
        );
        if (same) return;
        named(a);
        named(b);
      },
    };
  }

  /** One more row with a leaf that fits, and a tree over all rows as they are then, in the database; the key is not there. */
  async recompute() {
    const id = (await this.database.query('owner', 'SELECT min(id)::text AS id FROM journal'))[0].id;
    await this.database.query(
      'owner',
      `UPDATE journal SET author = 'mallory@im.example', leaf = sha256(salt || 'forged') WHERE id = ${id}`,
    );
    await this.database.query(
      'owner',
      `UPDATE seal_checkpoints SET root = sha256(root), note = replace(note, encode(root, 'base64'), encode(sha256(root), 'base64'))`,
    );
    const { faults } = await this.verify();
    const name = BigInt(id).toString(16).padStart(16, '0');
    const isNamed = faults.some((fault) => fault.id === name);
    const refused = faults.filter(({ kind }) => kind === 'signature').length;
    return {
      ok: isNamed && refused > 0,
      text: `row ${isNamed ? 'named' : 'NOT named'}, ${refused} signatures refused`,
    };
  }

  async close() {
    await this.database.close();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
