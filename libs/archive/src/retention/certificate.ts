import { createHash } from 'node:crypto';
import { isSignedBy, type NoteVerifier, openNote } from '../seal/note.js';

/** First line of every certificate. */
export const CERTIFICATE_ORIGIN = 'interoffice/disposal/v1';

/** A rule that had ended for the month, as the certificate names it. */
export interface CertifiedRule {
  readonly id: number;
  readonly office: string;
  readonly group?: string;
  readonly room?: string;
  readonly peer?: string;
  readonly kind?: string;
  readonly days: number;
  readonly madeBy: string;
  readonly approvedBy?: string;
}

/** Rows that were judged together; ids as 16 hexadecimal digits. */
export interface CertifiedStretch {
  readonly firstId: string;
  readonly lastId: string;
  readonly removed: number;
  /** SHA-256 over id (8 bytes) and leaf of each removed row, in order of the ids. */
  readonly removedDigest: string;
  readonly kept: number;
  /** SHA-256 over the ids (8 bytes each) of the rows that stayed, in order. */
  readonly keptDigest: string;
}

/** What a certificate of disposal says. */
export interface DisposalStatement {
  readonly number: number;
  readonly retentionClass: number;
  /** Such as `2026-06`. */
  readonly month: string;
  /** By the rules of this moment. */
  readonly asOf: string;
  readonly removedAt: string;
  readonly removed: number;
  readonly kept: number;
  /** Kept by holds alone. */
  readonly held: number;
  readonly bytesReturned: number;
  readonly rules: readonly CertifiedRule[];
  readonly stretches: readonly CertifiedStretch[];
}

const NUMBERS = ['number', 'class', 'removed', 'kept', 'held', 'bytes-returned'] as const;

/** The text that is signed. */
export function certificateText(statement: DisposalStatement): string {
  const { number, retentionClass, month, asOf, removedAt, removed, kept, held, bytesReturned } = statement;
  return [
    CERTIFICATE_ORIGIN,
    `number ${number}`,
    `class ${retentionClass}`,
    `month ${month}`,
    `as-of ${asOf}`,
    `removed-at ${removedAt}`,
    `removed ${removed}`,
    `kept ${kept}`,
    `held ${held}`,
    `bytes-returned ${bytesReturned}`,
    ...statement.rules.map((rule) => `rule ${JSON.stringify(rule)}`),
    ...statement.stretches.map(
      (one) => `stretch ${one.firstId} ${one.lastId} ${one.removed} ${one.removedDigest} ${one.kept} ${one.keptDigest}`,
    ),
    '',
  ].join('\n');
}

/** What a note says when it is a certificate and this verifier has signed it; undefined otherwise. */
export function readCertificate(note: string, verifier: NoteVerifier): DisposalStatement | undefined {
  const opened = openNote(note);
  if (!opened || !isSignedBy(opened, verifier)) return undefined;
  const [origin, ...lines] = opened.text.trimEnd().split('\n');
  if (origin !== CERTIFICATE_ORIGIN) return undefined;
  const of = (name: string): string[] =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const [number, retentionClass, removed, kept, held, bytesReturned] = NUMBERS.map((name) => Number(of(name)[0]));
  const [month, asOf, removedAt] = ['month', 'as-of', 'removed-at'].map((name) => of(name)[0] ?? '');
  return {
    number: number!,
    retentionClass: retentionClass!,
    month: month!,
    asOf: asOf!,
    removedAt: removedAt!,
    removed: removed!,
    kept: kept!,
    held: held!,
    bytesReturned: bytesReturned!,
    rules: of('rule').map((text) => JSON.parse(text) as CertifiedRule),
    stretches: of('stretch').map(stretchOf),
  };
}

function stretchOf(text: string): CertifiedStretch {
  const [firstId = '', lastId = '', removed, removedDigest = '', kept, keptDigest = ''] = text.split(' ');
  return { firstId, lastId, removed: Number(removed), removedDigest, kept: Number(kept), keptDigest };
}

/** SHA-256 over ids of 8 bytes each, as certificates have it. */
export function digestOfIds(ids: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const id of ids) hash.update(Buffer.from(id, 'hex'));
  return hash.digest('hex');
}
