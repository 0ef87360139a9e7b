import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { Failure } from '@interoffice/telemetry';

/** C2SP signed-note: the kind of key and signature. */
const ED25519 = 0x01;
/** C2SP tlog-cosignature: a witness says when it has seen the checkpoint. */
const COSIGNATURE = 0x04;
const KINDS = { signature: ED25519, cosignature: COSIGNATURE } as const;
/** SubjectPublicKeyInfo of Ed25519 up to the key itself. RFC 8410 §4 */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Who signs notes: its name and public key, as others write them down. */
export interface NoteVerifier {
  /** No spaces, no plus sign. */
  readonly name: string;
  /** The first 4 bytes of a hash over name and key: which signature line is whose. */
  readonly hash: number;
  readonly kind: 'signature' | 'cosignature';
  readonly publicKey: KeyObject;
}

/** A note in its parts. */
export interface OpenedNote {
  /** What was signed, with its last line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  readonly hash: number;
  /** Without the 4 bytes of the hash. */
  readonly signature: Buffer;
  /** The line itself, without line feed. */
  readonly line: string;
}

/** Signs texts as notes. The text ends with a line feed. Rejects with SIGNER_FAILED, or when signing is not allowed now. */
export interface Notary {
  readonly name: string;
  sign(text: string): Promise<string>;
}

/** What a verifier is written as: `name+hash+key`. C2SP signed-note */
export function verifierKey(name: string, publicKey: KeyObject, kind: NoteVerifier['kind'] = 'signature'): string {
  const key = rawKeyOf(publicKey);
  const byte = KINDS[kind];
  const hash = keyHash(name, byte, key).toString(16).padStart(8, '0');
  return `${name}+${hash}+${Buffer.concat([Buffer.of(byte), key]).toString('base64')}`;
}

/** Reads `name+hash+key`. Throws SEAL_KEY_INVALID. */
export function parseVerifierKey(text: string): NoteVerifier {
  const [, name, hex, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim()) ?? [];
  const bytes = Buffer.from(base64 ?? '', 'base64');
  const kind = bytes[0];
  if (name === undefined || bytes.length !== 33 || (kind !== ED25519 && kind !== COSIGNATURE))
    throw new Failure('SEAL_KEY_INVALID', 'A key is written name+hash+base64, of Ed25519.');
  const hash = keyHash(name, kind, bytes.subarray(1));
  if (hash !== parseInt(hex!, 16))
    throw new Failure('SEAL_KEY_INVALID', `The hash in the key of ${name} is of another key.`);
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, bytes.subarray(1)]),
    format: 'der',
    type: 'spki',
  });
  return { name, hash, kind: kind === ED25519 ? 'signature' : 'cosignature', publicKey };
}

/** A note in its parts; undefined for what is none. */
export function openNote(note: string): OpenedNote | undefined {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const [, name, base64] = /^— ([^\s+]+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
    const bytes = Buffer.from(base64 ?? '', 'base64');
    if (name === undefined || bytes.length < 5) return undefined;
    signatures.push({ name, hash: bytes.readUInt32BE(0), signature: bytes.subarray(4), line });
  }
  return { text: note.slice(0, end + 1), signatures };
}

/** Whether the note carries a signature of this verifier that is good; of others it says nothing. */
export function isSignedBy(note: OpenedNote, verifier: NoteVerifier): boolean {
  return note.signatures.some(({ name, hash, signature }) => {
    if (name !== verifier.name || hash !== verifier.hash) return false;
    if (verifier.kind === 'signature') return verify(null, Buffer.from(note.text), verifier.publicKey, signature);
    return cosignedAt(note.text, signature, verifier) !== undefined;
  });
}

/** When the witness says to have seen it, in seconds since 1970; undefined for a signature that is not its. C2SP tlog-cosignature */
export function cosignedAt(text: string, signature: Buffer, { publicKey }: NoteVerifier): number | undefined {
  if (signature.length !== 72) return undefined;
  const seconds = Number(signature.readBigUInt64BE(0));
  return verify(null, cosignedText(text, seconds), publicKey, signature.subarray(8)) ? seconds : undefined;
}

/** What a witness signs: the text of a checkpoint, and when it has seen it. C2SP tlog-cosignature */
export function cosignedText(text: string, seconds: number): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
}

/** A signature as a line of a note, without line feed; that of a witness begins with its time, in 8 bytes. */
export function signatureLine({ name, publicKey, kind }: Omit<NoteVerifier, 'hash'>, signature: Buffer): string {
  const hash = Buffer.alloc(4);
  hash.writeUInt32BE(keyHash(name, KINDS[kind], rawKeyOf(publicKey)));
  return `— ${name} ${Buffer.concat([hash, signature]).toString('base64')}`;
}

/** The 32 bytes of an Ed25519 key. */
export function rawKeyOf(publicKey: KeyObject): Buffer {
  if (publicKey.asymmetricKeyType !== 'ed25519') throw new Failure('SEAL_KEY_INVALID', 'The key is not of Ed25519.');
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
}

function keyHash(name: string, kind: number, key: Buffer): number {
  return createHash('sha256').update(`${name}\n`).update(Buffer.of(kind)).update(key).digest().readUInt32BE(0);
}
