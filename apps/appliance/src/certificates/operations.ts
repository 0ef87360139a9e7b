import type { AdministeredCertificates, AuditLog } from '@interoffice/api';
import { MOST_FILE_BYTES, type GivenFile, type OwnCertificate } from '@interoffice/gateway';
import type { KeyType } from '@interoffice/pki';
import { Failure } from '@interoffice/telemetry';
import type { Operations } from '../control.js';
import { read } from '../input.js';
import { OPERATOR } from '../operation-parts.js';

type Input = Readonly<Record<string, unknown>>;

export interface CertificateOperationParts {
  readonly own: OwnCertificate;
  /** What is shown of all certificates; nothing runs where it is left out. */
  readonly board: Pick<AdministeredCertificates, 'rows' | 'standing'>;
  /** Gets a new one now. Undefined: people renew it, or nothing runs. */
  readonly renew: (() => Promise<void>) | undefined;
  /** Undefined where nothing runs: there is no log then. */
  readonly audit: Pick<AuditLog, 'record'> | undefined;
  /** Takes the pair in place into use. */
  readonly reload: () => Promise<unknown>;
}

const KEYS: readonly KeyType[] = ['P-256', 'P-384', 'RSA-3072'];

/** What `interoffice cert …` asks, of a running server or, for those that only touch files, of nobody. */
export function certificateOperations({ own, board, renew, audit, reload }: CertificateOperationParts): Operations {
  const record = (action: string, subject: string, details: Record<string, unknown> = {}): Promise<void> =>
    audit ? audit.record({ ...OPERATOR, action, subject, details }) : Promise.resolve();
  return {
    'cert.list': async () => ({ items: await board.rows(), standing: await board.standing() }),
    'cert.requests': async () => ({ items: (await own.requests()).map(withoutChain) }),
    'cert.request': async (input: Input) => {
      await record('certificate.request', 'new');
      const { request, pem } = await own.request({ names: namesIn(input), key: keyIn(input) });
      return { request: withoutChain(request), pem };
    },
    'cert.show': async (input: Input) => ({ pem: await own.requestPem(read.text(input, 'id')) }),
    'cert.sent': async (input: Input) => {
      const [id, to] = [read.text(input, 'id'), read.text(input, 'to')];
      await record('certificate.sent', id, { to });
      return { request: withoutChain(await own.sent(id, to)) };
    },
    'cert.remove': async (input: Input) => {
      const id = read.text(input, 'id');
      await record('certificate.request.remove', id);
      await own.remove(id);
      return {};
    },
    'cert.answer': async (input: Input) => {
      const id = read.text(input, 'id');
      await record('certificate.answer', id);
      const { request, checked } = await own.answer(id, fileIn(input));
      await reload();
      return { request: withoutChain(request), chain: checked.chain };
    },
    'cert.import': async (input: Input) => {
      await record('certificate.import', 'own');
      const { facts, chain } = await own.install(fileIn(input));
      await reload();
      return { facts, chain };
    },
    'cert.renew': async () => {
      if (!renew) throw new Failure('RENEWAL_OFF', 'certificate.renew is not set, or no server runs: people renew it.');
      await record('certificate.renew', 'own');
      await renew();
      return {};
    },
    'cert.export': async (input: Input) => {
      const passphrase = read.optionalText(input, 'passphrase');
      await record('certificate.export', 'own', { format: passphrase === undefined ? 'pem' : 'pkcs12' });
      if (passphrase !== undefined) return { file: (await own.pkcs12(passphrase)).toString('base64') };
      const { key, certificate } = await own.pair();
      return { file: Buffer.from(key + certificate).toString('base64') };
    },
  };
}

function withoutChain<T extends { readonly answer?: { readonly certificate: string } }>({
  answer,
  ...request
}: T): object {
  if (!answer) return request;
  const { certificate: _chain, ...about } = answer;
  return { ...request, answer: about };
}

function fileIn(input: Input): GivenFile {
  const bytes = Buffer.from(read.text(input, 'file'), 'base64');
  if (bytes.length > MOST_FILE_BYTES) throw new Failure('FILE_TOO_LARGE', 'The file is larger than 1 MiB.');
  const chain = input['chain'] === 'any-end' ? 'any-end' : 'known-root';
  return { bytes, passphrase: read.optionalText(input, 'passphrase'), chain };
}

function namesIn(input: Input): readonly string[] | undefined {
  const { names } = input;
  if (names === undefined) return undefined;
  if (Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string')) return names;
  throw new Failure('MALFORMED_REQUEST', '"names" should be a list of domains.');
}

function keyIn(input: Input): KeyType | undefined {
  const { key } = input;
  if (key === undefined) return undefined;
  const found = KEYS.find((one) => one === key);
  if (found) return found;
  throw new Failure('MALFORMED_REQUEST', `"key" should be one of ${KEYS.join(', ')}.`);
}
