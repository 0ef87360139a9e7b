import type { Database } from '@interoffice/storage';
import { type Clock, Failure } from '@interoffice/telemetry';
import { isSignedBy, openNote, parseVerifierKey } from './note.js';

/** A signature of a witness that was carried here in a file. */
export interface CarriedSignature {
  /** The line of a signed note. */
  readonly line: string;
  /** The verifier key of the witness. */
  readonly key: string;
  readonly origin: string;
}

/** How many checkpoints are tried: it was carried there and back, and more were signed meanwhile. */
const MOST_TRIED = 100_000;
const AT_A_TIME = 1_000;

/** Signatures of witnesses that are asked by files. */
export class Cosignatures {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Adds it to the checkpoint it is for; returns the size of that. Rejects with COSIGNATURE_UNKNOWN when there is none. */
  async add({ line, key, origin }: CarriedSignature): Promise<number> {
    const verifier = parseVerifierKey(key);
    const text = `SELECT size, note FROM seal_checkpoints WHERE origin = $1 AND size < $2 ORDER BY size DESC LIMIT ${AT_A_TIME}`;
    let below = Number.MAX_SAFE_INTEGER;
    for (let tried = 0; tried < MOST_TRIED; tried += AT_A_TIME) {
      const rows = await this.database.query<{ size: number; note: string }>('app', text, [origin, below]);
      const found = rows.find(({ note }) => {
        const cosigned = openNote(`${note}${line}\n`);
        return cosigned !== undefined && isSignedBy(cosigned, verifier);
      });
      if (found) return this.#keep(found.size, { line, key, origin });
      if (rows.length < AT_A_TIME) break;
      below = rows.at(-1)!.size;
    }
    throw new Failure('COSIGNATURE_UNKNOWN', 'That is the signature of this witness for none of the checkpoints here.');
  }

  async #keep(size: number, { line, key, origin }: CarriedSignature): Promise<number> {
    const text = 'INSERT INTO seal_cosignatures VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING';
    const { name } = parseVerifierKey(key);
    await this.database.query('app', text, [origin, size, name, new Date(this.clock.now()), line]);
    return size;
  }
}
