import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Database } from '@interoffice/storage';
import type { Clock } from '@interoffice/telemetry';
import { parseCheckpoint } from './checkpoint.js';
import { HASH_BYTES, isConsistent, type TreeHead } from './merkle.js';
import { cosignedText, isSignedBy, type NoteVerifier, openNote, signatureLine, verifierKey } from './note.js';
import { readIfThere, replaceFile } from './replace-file.js';

/** How far a witness has seen each log; it never goes back. */
export interface WitnessedLogs {
  latest(origin: string): Promise<TreeHead | undefined>;
  /** False when `from` is not the latest any more. */
  advance(origin: string, from: TreeHead | undefined, to: TreeHead): Promise<boolean>;
}

/** As C2SP tlog-witness answers over HTTP. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly body: string;
}

export interface WitnessOptions {
  readonly key: WitnessKey;
  /** The keys of the logs that it is a witness of. */
  readonly logs: readonly NoteVerifier[];
  readonly state: WitnessedLogs;
  readonly clock: Clock;
}

const MOST_PROOF = 63;

/**
 * Signs checkpoints of other logs after it has seen that nothing before was changed: what it has seen once cannot be
 * taken back without its noticing. C2SP tlog-witness; security.md §3.2 (3)
 */
export class Witness {
  constructor(private readonly options: WitnessOptions) {}

  /** Its key, as those who verify want it. */
  get key(): string {
    return this.options.key.text;
  }

  /** `old SIZE`, the hashes of a consistency proof, an empty line, the checkpoint; answers with its signature line. */
  async add(request: string): Promise<WitnessAnswer> {
    const asked = readRequest(request);
    if (!asked) return answer(400, 'The request is malformed; see C2SP tlog-witness.');
    const { note, head, origin } = asked;
    const logs = this.options.logs.filter(({ name }) => name === origin);
    if (logs.length === 0) return answer(404, `This is no witness of ${origin}.`);
    if (!logs.some((log) => isSignedBy(note, log)))
      return answer(403, `No key of ${origin} that is known here has signed it.`);
    if (asked.old > head.size) return answer(400, 'The old size is larger than the new one.');
    return this.#judge(asked);
  }

  async #judge({ old, proof, origin, head, note }: Asked): Promise<WitnessAnswer> {
    const { state, clock, key } = this.options;
    const latest = await state.latest(origin);
    if ((latest?.size ?? 0) !== old) return seen(latest);
    if (latest?.size === head.size && !latest.root.equals(head.root)) return seen(latest);
    if (latest && !isConsistent(latest, head, proof))
      return answer(422, `What was seen of ${origin} with ${old} entries is not its beginning: its past was changed.`);
    // First what was seen, then the signature: it would rather not sign than sign twice.
    if (!(await state.advance(origin, latest, head))) return seen(await state.latest(origin));
    return answer(200, `${key.cosign(note.text, Math.floor(clock.now() / 1_000))}\n`);
  }
}

function answer(status: WitnessAnswer['status'], body: string): WitnessAnswer {
  return { status, body };
}

function seen(latest: TreeHead | undefined): WitnessAnswer {
  return answer(409, `${latest?.size ?? 0}\n`);
}

interface Asked {
  readonly old: number;
  readonly proof: readonly Buffer[];
  readonly origin: string;
  readonly head: TreeHead;
  readonly note: NonNullable<ReturnType<typeof openNote>>;
}

function readRequest(request: string): Asked | undefined {
  const end = request.indexOf('\n\n');
  const [first = '', ...lines] = request.slice(0, Math.max(end, 0)).split('\n');
  const [, digits] = /^old (0|[1-9]\d{0,15})$/.exec(first) ?? [];
  const proof = lines.map((line) => Buffer.from(line, 'base64'));
  const note = openNote(request.slice(end + 2));
  const checkpoint = note && parseCheckpoint(note.text);
  if (digits === undefined || !checkpoint || !note || proof.length > MOST_PROOF) return undefined;
  if (proof.some(({ length }) => length !== HASH_BYTES)) return undefined;
  const { origin, size, root } = checkpoint;
  return { old: Number(digits), proof, origin, head: { size, root }, note };
}

/** What is sent to a witness. C2SP tlog-witness */
export function witnessRequest(old: number, proof: readonly Buffer[], note: string): string {
  return [`old ${old}`, ...proof.map((hash) => hash.toString('base64')), '', note].join('\n');
}

/** The key of a witness: in a file of its own, mode 0600, made when there is none. */
export class WitnessKey {
  readonly #publicKey: KeyObject;

  private constructor(
    private readonly name: string,
    private readonly privateKey: KeyObject,
  ) {
    this.#publicKey = createPublicKey(privateKey);
  }

  static open(folder: string, name: string): WitnessKey {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = path.join(folder, 'witness-key.pem');
    const pem = readIfThere(file);
    if (pem !== undefined) return new WitnessKey(name, createPrivateKey(pem));
    const { privateKey } = generateKeyPairSync('ed25519');
    replaceFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    return new WitnessKey(name, privateKey);
  }

  get text(): string {
    return verifierKey(this.name, this.#publicKey, 'cosignature');
  }

  /** The signature line, without line feed. */
  cosign(text: string, seconds: number): string {
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(seconds));
    const signature = Buffer.concat([time, sign(null, cosignedText(text, seconds), this.privateKey)]);
    return signatureLine({ name: this.name, publicKey: this.#publicKey, kind: 'cosignature' }, signature);
  }
}

/** What an appliance has seen of other logs. */
export class RecordedWitnessedLogs implements WitnessedLogs {
  constructor(private readonly database: Database) {}

  async latest(origin: string): Promise<TreeHead | undefined> {
    const text = 'SELECT size, root FROM witnessed_logs WHERE origin = $1';
    const [row] = await this.database.query<TreeHead>('app', text, [origin]);
    return row;
  }

  async advance(origin: string, from: TreeHead | undefined, to: TreeHead): Promise<boolean> {
    const first = `INSERT INTO witnessed_logs VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING RETURNING origin`;
    const next = `UPDATE witnessed_logs SET size = $2, root = $3, at = now()
      WHERE origin = $1 AND size = $4 AND root = $5 RETURNING origin`;
    const values = [origin, to.size, to.root, ...(from ? [from.size, from.root] : [])];
    return (await this.database.query('app', from ? next : first, values)).length === 1;
  }
}

/** What a box without network has seen of other logs: a file that one process at a time writes. */
export class FiledWitnessedLogs implements WitnessedLogs {
  constructor(private readonly file: string) {}

  async latest(origin: string): Promise<TreeHead | undefined> {
    const known = this.#read()[origin];
    return known && { size: known.size, root: Buffer.from(known.root, 'base64') };
  }

  async advance(origin: string, _from: TreeHead | undefined, to: TreeHead): Promise<boolean> {
    const all = { ...this.#read(), [origin]: { size: to.size, root: to.root.toString('base64') } };
    replaceFile(this.file, `${JSON.stringify(all, null, 2)}\n`);
    return true;
  }

  #read(): Record<string, { size: number; root: string }> {
    return JSON.parse(readIfThere(this.file) ?? '{}') as Record<string, { size: number; root: string }>;
  }
}
