import { createHash, type Hash } from 'node:crypto';
import type { Database } from '@interoffice/storage';
import type { NoteVerifier } from '../seal/note.js';
import { type DisposalStatement, digestOfIds, readCertificate } from './certificate.js';
import { type DisposedBy, disposedBy, type KnownDisposal } from './disposed-by.js';

/** Something about the disposals of this archive that is not as it should be. */
export interface DisposalFault {
  /**
   * `signature`: the certificate is not the archive's. `kept`: the list of what stayed is another one. `digest`: other rows are
   * missing than the certificate says, or they were altered. `unexplained`: content is missing that no certificate names.
   */
  readonly kind: 'signature' | 'kept' | 'digest' | 'unexplained';
  readonly certificate?: number;
  /** A row, or the first of a stretch; 16 hexadecimal digits. */
  readonly id?: string;
}

const ROWS_AT_A_TIME = 10_000;
const MOST_FAULTS = 1_000;
const CERTIFICATES = 'SELECT disposal_id, note FROM disposal_certificates ORDER BY disposal_id';
const KEPT = `SELECT ARRAY(SELECT encode(int8send(id), 'hex') FROM unnest(kept) WITH ORDINALITY AS one (id, place) ORDER BY place) AS kept
  FROM disposal_stretches WHERE disposal_id = $1 ORDER BY first_id`;
const ROWS = `SELECT encode(int8send(j.id), 'hex') AS id, j.leaf, j.retention_class AS class, c.id IS NULL AS is_missing
  FROM journal j LEFT JOIN journal_content c ON c.id = j.id AND c.at = j.at AND c.retention_class = j.retention_class
  WHERE j.id > $1::bigint ORDER BY j.id LIMIT ${ROWS_AT_A_TIME}`;

interface Row {
  readonly id: string;
  readonly leaf: Buffer;
  readonly class: number;
  readonly is_missing: boolean;
}

/**
 * Holds the journal against its certificates of disposal: every row without content is named by exactly one, and what each
 * says to have removed is what is missing. Reads the whole journal. At most a thousand faults.
 */
export async function checkDisposals(
  database: Database,
  verifiers: readonly NoteVerifier[],
): Promise<readonly DisposalFault[]> {
  const check = await DisposalCheck.open(database, verifiers);
  for (let after = '-1'; check.faultCount < MOST_FAULTS;) {
    const rows = await database.query<Row>('reader', ROWS, [after]);
    for (const { id, leaf, class: retentionClass, is_missing } of rows)
      if (is_missing) check.gone({ id, leaf, retentionClass });
    if (rows.length < ROWS_AT_A_TIME) break;
    after = String(BigInt(`0x${rows.at(-1)!.id}`));
  }
  return check.faults();
}

/** A row whose content is not there. */
export interface GoneRow {
  readonly id: string;
  readonly leaf: Buffer;
  readonly retentionClass: number;
}

/** Rows without content against the certificates that have to name them, one after the other in the order of their ids. */
export class DisposalCheck {
  readonly #removedBy: DisposedBy;
  readonly #sums: Sums;

  private constructor(
    known: readonly KnownDisposal[],
    private readonly found: DisposalFault[],
  ) {
    this.#removedBy = disposedBy(known);
    this.#sums = new Sums(known);
  }

  /** Reads the certificates; one is good when any of these keys has signed it. */
  static async open(database: Database, verifiers: readonly NoteVerifier[]): Promise<DisposalCheck> {
    const faults: DisposalFault[] = [];
    return new DisposalCheck(await certificatesOf(database, verifiers, faults), faults);
  }

  get faultCount(): number {
    return this.found.length;
  }

  /** False: no certificate names it. */
  gone({ id, leaf, retentionClass }: GoneRow): boolean {
    const by = this.#removedBy(id, retentionClass);
    if (by === undefined) this.found.push({ kind: 'unexplained', id });
    else this.#sums.add(by, id, leaf);
    return by !== undefined;
  }

  /** Once all rows have been shown. */
  faults(): readonly DisposalFault[] {
    return [...this.found, ...this.#sums.faults()];
  }
}

async function certificatesOf(
  database: Database,
  verifiers: readonly NoteVerifier[],
  faults: DisposalFault[],
): Promise<KnownDisposal[]> {
  const known: KnownDisposal[] = [];
  for (const { disposal_id, note } of await database.query<{ disposal_id: number; note: string }>(
    'app',
    CERTIFICATES,
  )) {
    const statement = verifiers.map((verifier) => readCertificate(note, verifier)).find((read) => read !== undefined);
    if (statement?.number !== disposal_id) {
      faults.push({ kind: 'signature', certificate: disposal_id });
      continue;
    }
    const kept = (await database.query<{ kept: string[] }>('app', KEPT, [disposal_id])).map((row) => row.kept);
    const wrong = statement.stretches.find(({ keptDigest }, i) => digestOfIds(kept[i] ?? []) !== keptDigest);
    if (wrong) faults.push({ kind: 'kept', certificate: disposal_id, id: wrong.firstId });
    else known.push({ statement, kept });
  }
  return known;
}

/** The digests of what is missing, stretch by stretch, as the certificates made them. */
class Sums {
  readonly #byNumber: ReadonlyMap<number, { statement: DisposalStatement; hashes: (Hash | undefined)[]; at: number }>;

  constructor(known: readonly KnownDisposal[]) {
    this.#byNumber = new Map(known.map(({ statement }) => [statement.number, { statement, hashes: [], at: 0 }]));
  }

  /** Ids come in order. */
  add(number: number, id: string, leaf: Buffer): void {
    const one = this.#byNumber.get(number)!;
    while (id > one.statement.stretches[one.at]!.lastId) one.at++;
    const hash = (one.hashes[one.at] ??= createHash('sha256'));
    hash.update(Buffer.from(id, 'hex')).update(leaf);
  }

  faults(): DisposalFault[] {
    return [...this.#byNumber.values()].flatMap(({ statement, hashes }) =>
      statement.stretches.flatMap(({ firstId, removedDigest }, i) => {
        const found = hashes[i]?.digest('hex');
        return found === removedDigest ? [] : [{ kind: 'digest' as const, certificate: statement.number, id: firstId }];
      }),
    );
  }
}
