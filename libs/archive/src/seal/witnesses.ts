import { request } from 'node:https';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import type { Database } from '@interoffice/storage';
import { type Clock, describeError } from '@interoffice/telemetry';
import { isSignedBy, type NoteVerifier, openNote, parseVerifierKey } from './note.js';
import { replaceFile } from './replace-file.js';
import { CHECKPOINT_FILE, type SealedLog } from './sealed-log.js';
import { witnessRequest } from './witness.js';

/** A witness that is asked. */
export interface AskedWitness {
  readonly name: string;
  readonly url: string;
  /** Its verifier key. */
  readonly key: string;
}

/** How a witness stands to this log. */
export interface WitnessState {
  readonly name: string;
  /** The largest checkpoint that it has signed, and when. */
  readonly size: number;
  readonly atMs: number | undefined;
  /** Why it has not signed the latest. */
  readonly problem: string | undefined;
}

export interface WitnessesOptions {
  readonly database: Database;
  readonly folder: string;
  readonly origin: string;
  readonly witnesses: readonly AskedWitness[];
  /** PEM, beside the system's. */
  readonly authorities: readonly string[];
  readonly clock: Clock;
}

const ANSWER_WITHIN_MS = 10_000;
const ASK_AGAIN_MS = 10_000;
const MOST_BYTES = 65_536;

interface Known {
  size: number;
  atMs: number | undefined;
  problem: string | undefined;
}

/** Asks the witnesses to sign the latest checkpoint, each with a proof from what it has seen. */
export class Witnesses {
  readonly #known = new Map<string, Known>();
  #askedAtMs = 0;
  readonly #verifiers = new Map<string, NoteVerifier>();

  constructor(private readonly options: WitnessesOptions) {
    for (const { name, key } of options.witnesses) {
      this.#known.set(name, { size: 0, atMs: undefined, problem: undefined });
      this.#verifiers.set(name, parseVerifierKey(key));
    }
  }

  get states(): readonly WitnessState[] {
    return [...this.#known].map(([name, known]) => ({ name, ...known }));
  }

  /** Whether one of them may still sign what is sealed: it is asked again after a while. */
  isBehind(size: number): boolean {
    if (this.options.clock.now() - this.#askedAtMs < ASK_AGAIN_MS) return false;
    return [...this.#known.values()].some((known) => known.size < size);
  }

  /** What they have signed before. */
  async open(): Promise<void> {
    const text = `SELECT DISTINCT ON (witness) witness, size, at FROM seal_cosignatures WHERE origin = $1 ORDER BY witness, size DESC`;
    const { database, origin } = this.options;
    const rows = await database.query<{ witness: string; size: number; at: Date }>('app', text, [origin]);
    for (const { witness, size, at } of rows) {
      const known = this.#known.get(witness);
      if (known) Object.assign(known, { size, atMs: at.getTime() });
    }
  }

  /**
   * Each one in its turn; one that does not answer is asked again with the next checkpoint. Returns why nothing may be
   * signed any more when a witness has seen another log than this one.
   */
  async ask(log: SealedLog): Promise<string | undefined> {
    this.#askedAtMs = this.options.clock.now();
    for (const witness of this.options.witnesses) {
      const known = this.#known.get(witness.name)!;
      try {
        const refusal = await this.#askOne(witness, log, known);
        if (refusal !== undefined) return refusal;
        known.problem = undefined;
      } catch (error) {
        known.problem = describeError(error);
      }
    }
    return undefined;
  }

  async #askOne(witness: AskedWitness, log: SealedLog, known: Known): Promise<string | undefined> {
    const { note, size } = log.latest();
    let old = known.size;
    for (let tries = 0; tries < 2; tries++) {
      const { status, body } = await this.#post(witness, witnessRequest(old, log.consistency(old, size), note));
      if (status === 200) {
        await this.#take(witness, log, body);
        return undefined;
      }
      const said = Number(body.trim());
      if (status === 409 && said > size)
        return `The witness ${witness.name} has seen ${said} entries of this log, and here are only ${size}: it was set back, or another process signs for it.`;
      if (status === 422 || (status === 409 && (said === old || said === size)))
        return `The witness ${witness.name} has seen another log than this one: its past was changed, or another process signs for it.`;
      if (status !== 409 || !Number.isInteger(said))
        throw new Error(`${witness.url} answered ${status}: ${body.trim().slice(0, 200)}`);
      old = said;
    }
    throw new Error(`${witness.name} moves on while it is asked.`);
  }

  /** Its line is kept, and joins the checkpoint. */
  async #take({ name }: AskedWitness, log: SealedLog, body: string): Promise<void> {
    const { database, folder, origin, clock } = this.options;
    const { note, size } = log.latest();
    const line = body.trim();
    const cosigned = openNote(`${note}${line}\n`);
    if (!cosigned || !isSignedBy(cosigned, this.#verifiers.get(name)!))
      throw new Error(`${name} signed with another key than the one in the settings.`);
    const text = 'INSERT INTO seal_cosignatures VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING';
    const atMs = clock.now();
    await database.query('app', text, [origin, size, name, new Date(atMs), line]);
    if (!note.includes(line)) replaceFile(path.join(folder, CHECKPOINT_FILE), `${note}${line}\n`);
    Object.assign(this.#known.get(name)!, { size, atMs });
  }

  #post({ url }: AskedWitness, body: string): Promise<{ status: number; body: string }> {
    const { authorities } = this.options;
    return new Promise((resolve, reject) => {
      const call = request(
        `${url.replace(/\/$/, '')}/add-checkpoint`,
        { method: 'POST', timeout: ANSWER_WITHIN_MS, ca: [...rootCertificates, ...authorities] },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
            if (text.length > MOST_BYTES) call.destroy(new Error('the answer is too long'));
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        },
      );
      call.on('timeout', () => call.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS / 1_000} s`)));
      call.on('error', reject);
      call.end(body);
    });
  }
}
