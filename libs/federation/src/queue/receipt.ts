import { createPrivateKey, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import { type Element, NS, parseTimestamp, xml } from '@interoffice/wire';

/** What one office has on record of another's, said and signed by the one that has it. */
export interface Receipt {
  /** Whose journal has them. */
  readonly by: string;
  /** Whose rows they are. */
  readonly of: string;
  /** When it was signed; milliseconds since 1970. */
  readonly atMs: number;
  /** Ids of the rows in the journal of `of`, 16 hexadecimal digits each. */
  readonly rows: readonly string[];
  /** Of the signer: DER, its own certificate first. */
  readonly chain: readonly Buffer[];
  readonly signature: Buffer;
}

/** Rows that one receipt names at most. */
export const MOST_ROWS = 1_024;
const MOST_CHAIN = 8;
const ROW = /^[0-7][0-9a-f]{15}$/;

/** What is signed: these lines, each ended by a line feed, in UTF-8. docs/operations/federation.md */
function linesOf({ by, of, atMs, rows }: Pick<Receipt, 'by' | 'of' | 'atMs' | 'rows'>): Buffer {
  const head = ['interoffice receipt 1', `by ${by}`, `of ${of}`, `at ${new Date(atMs).toISOString()}`];
  return Buffer.from([...head, ...rows].map((line) => `${line}\n`).join(''));
}

/** Says whether a chain, DER with the leaf first, proves a domain; see PeerCertificates of libs/pki. */
export interface ChainJudge {
  judge(
    chain: readonly Buffer[],
    expected: { readonly domain: string; readonly now: number },
  ): { readonly fault: { readonly text: string } | undefined };
}

/** A pair of a private key and its certificates, PEM. */
export interface Signer {
  readonly key: string;
  readonly certificate: string;
}

/** A signer as it is used, made once for each that we have: a key is read from its text as long as it takes to sign. */
interface Pen {
  readonly signer: Signer;
  readonly chain: readonly Buffer[];
  readonly key: KeyObject;
  readonly digest: string | null;
}

let pen: Pen | undefined;

/** Throws for a key that cannot sign. */
export function signReceipt(said: Pick<Receipt, 'by' | 'of' | 'atMs' | 'rows'>, signer: Signer): Receipt {
  if (pen?.signer.key !== signer.key || pen.signer.certificate !== signer.certificate) pen = penOf(signer);
  return { ...said, chain: pen.chain, signature: sign(pen.digest, linesOf(said), pen.key) };
}

function penOf(signer: Signer): Pen {
  const chain = signer.certificate.match(PEM)?.map((pem) => new X509Certificate(pem).raw) ?? [];
  return { signer, chain, key: createPrivateKey(signer.key), digest: leafOf(chain).digest };
}

/** Undefined: it holds. Otherwise why it does not. */
export function faultOfReceipt(receipt: Receipt, certificates: ChainJudge): string | undefined {
  const { chain, by, atMs } = receipt;
  const { fault } = certificates.judge(chain, { domain: by, now: atMs });
  return fault ? fault.text : faultOfSignature(receipt, leafOf(chain));
}

/** What a chain's first certificate signs with. Throws for what is no certificate. */
export function leafOf(chain: readonly Buffer[]): { readonly key: KeyObject; readonly digest: string | null } {
  const { publicKey: key } = new X509Certificate(chain[0]!);
  // Edwards curves have their digest in them.
  return { key, digest: key.asymmetricKeyType?.startsWith('ed') === true ? null : 'sha256' };
}

/** Undefined: it is. Otherwise what is wrong. */
export function faultOfSignature(receipt: Receipt, { key, digest }: ReturnType<typeof leafOf>): string | undefined {
  if (verify(digest, linesOf(receipt), key, receipt.signature)) return undefined;
  return 'The signature is not that of the key in the certificate, over these rows.';
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export function receiptElement({ atMs, rows, chain, signature }: Receipt): Element {
  return xml(
    'receipt',
    { xmlns: NS.office, at: new Date(atMs).toISOString() },
    xml('rows', {}, rows.join(' ')),
    ...chain.map((der) => xml('certificate', {}, der.toString('base64'))),
    xml('signature', {}, signature.toString('base64')),
  );
}

/** Undefined: it is none. */
export function readReceipt(element: Element, { by, of }: Pick<Receipt, 'by' | 'of'>): Receipt | undefined {
  const atMs = parseTimestamp(String(element.attrs['at']));
  const rows = (element.getChildText('rows') ?? '').split(' ');
  const chain = element.getChildren('certificate').map((child) => Buffer.from(child.text(), 'base64'));
  const signature = Buffer.from(element.getChildText('signature') ?? '', 'base64');
  const isWhole = atMs !== undefined && rows.every((row) => ROW.test(row)) && signature.length > 0;
  if (!isWhole || rows.length > MOST_ROWS || chain.length === 0 || chain.length > MOST_CHAIN) return undefined;
  return { by, of, atMs, rows, chain, signature };
}
