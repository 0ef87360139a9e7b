import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, Failure } from '@interoffice/telemetry';
import { writeFileAtomic } from './atomic-file.js';
import { exists } from './authority.js';
import { type AuthorityDeed, type IssuedRecord, parseDeeds, standingOf } from './authority-deeds.js';
import { readRequest } from './certificate-request.js';
import { readCertificates } from './chain.js';
import {
  issueGatewayCertificate,
  issueOfficeAuthority,
  issueRevocationList,
  issueRoot,
  type SigningAuthority,
} from './company-authority.js';
import { certificateFacts, type CertificateFacts } from './facts.js';
import { commandSigner, keySigner, type Signer } from './signer.js';

/** How long a program may take to sign. */
const SIGN_WITHIN_MS = 30_000;

/** What a new authority is. */
export interface AuthorityWish {
  readonly subject: string;
  readonly days: number;
  /** A program that signs, and the public key (PEM) of what it signs with; without it a key is made in the folder. */
  readonly signer?: { readonly command: readonly string[]; readonly publicKey: string };
}

/** … below a root: the only domains that it may vouch for. */
export interface OfficeWish extends AuthorityWish {
  readonly domains: readonly string[];
}

/**
 * One of the company's own authorities in a folder: `authority.pem` (with the root behind it, where there is one), its key
 * or `signer.json`, and `deeds.jsonl`, to which is appended what it has issued and taken back before anybody gets it.
 * Needs no server; the root's folder lies on something that can be taken away.
 */
export class AuthorityFolder {
  private constructor(
    private readonly path: string,
    private readonly authority: SigningAuthority,
    private readonly chain: readonly string[],
    private readonly clock: Clock,
  ) {}

  /** A new root. Rejects with AUTHORITY_EXISTS, SIGNER_KEY_INVALID or SIGNER_FAILED. */
  static async makeRoot(
    path: string,
    { subject, days, signer }: AuthorityWish,
    clock: Clock,
  ): Promise<AuthorityFolder> {
    const signs = await newSigner(path, signer);
    const { certificate } = await issueRoot(subject, signs, { nowMs: clock.now(), days });
    await writeFileAtomic(join(path, 'authority.pem'), certificate);
    return AuthorityFolder.open(path, clock);
  }

  /** A new authority of an office, signed by this one. Rejects like `makeRoot`. */
  async makeOffice(path: string, { subject, days, domains, signer }: OfficeWish): Promise<AuthorityFolder> {
    const signs = await newSigner(path, signer);
    const office = { subject, publicKey: signs.publicKey, domains };
    const certificate = await issueOfficeAuthority(this.authority, office, { nowMs: this.clock.now(), days });
    await this.#keep({ did: 'issued', ...recordOf(certificate, domains, this.clock.now()) });
    await writeFileAtomic(join(path, 'authority.pem'), withNewline(certificate) + this.chain.map(withNewline).join(''));
    return AuthorityFolder.open(path, this.clock);
  }

  /** Rejects with AUTHORITY_MISSING, SIGNER_KEY_INVALID, CERTIFICATE_INVALID, KEY_MISMATCH or CERTIFICATE_EXPIRED. */
  static async open(path: string, clock: Clock): Promise<AuthorityFolder> {
    const file = join(path, 'authority.pem');
    if (!(await exists(file))) {
      throw new Failure(
        'AUTHORITY_MISSING',
        `There is no authority in ${path}: make one with "interoffice cert ca init".`,
      );
    }
    const chain = readCertificates(await readFile(file, 'utf8'), file);
    const [own] = chain;
    const signer = await signerOf(path);
    if (!own!.publicKey.equals(signer.publicKey)) {
      throw new Failure('KEY_MISMATCH', `What signs in ${path} is not the key of authority.pem.`);
    }
    if (clock.now() >= certificateFacts(own!.raw).notAfter) {
      throw new Failure(
        'CERTIFICATE_EXPIRED',
        `The authority in ${path} has ended. Make a new one, signed by the root.`,
      );
    }
    const pems = chain.map((one) => one.toString());
    return new AuthorityFolder(path, { certificate: pems[0]!, signer }, pems, clock);
  }

  get facts(): CertificateFacts {
    return certificateFacts(this.authority.certificate);
  }

  /** The root that its chain ends at, PEM; none where that is kept elsewhere. */
  get roots(): readonly string[] {
    return this.chain.filter((pem) => certificateFacts(pem).selfSigned);
  }

  /**
   * The certificate that a request (PEM) asks for, with this authority behind it and without the root; PEM. `served`: the
   * names it has to ask for, no more and no less. Rejects with REQUEST_INVALID, REQUEST_NAMES or SIGNER_FAILED.
   */
  async issue(
    request: string,
    { served, days }: { readonly served: readonly string[]; readonly days: number },
  ): Promise<string> {
    const asked = await readRequest(request);
    const term = { nowMs: this.clock.now(), days };
    const certificate = await issueGatewayCertificate(this.authority, { request: asked, served }, term);
    await this.#keep({ did: 'issued', ...recordOf(certificate, served, this.clock.now()) });
    const above = this.chain.filter((pem) => !certificateFacts(pem).selfSigned);
    return [certificate, ...above].map(withNewline).join('');
  }

  /** What it has issued, the latest first, and whether it was taken back. Rejects with AUTHORITY_RECORD_INVALID. */
  async issued(): Promise<readonly IssuedRecord[]> {
    return standingOf(await this.#deeds()).issued;
  }

  /** Takes a certificate back; the next list says so. Rejects with CERTIFICATE_UNKNOWN. Twice is as good as once. */
  async revoke(serial: string): Promise<IssuedRecord> {
    const wanted = serial.replaceAll(':', '').toUpperCase();
    const found = (await this.issued()).find((one) => one.serial === wanted);
    if (!found)
      throw new Failure('CERTIFICATE_UNKNOWN', `This authority has issued nothing with the number ${wanted}.`);
    if (found.revokedAt !== undefined) return found;
    const at = this.clock.now();
    await this.#keep({ did: 'revoked', serial: wanted, at });
    return { ...found, revokedAt: at };
  }

  /** The list of what was taken back and has not ended by itself, PEM. RFC 5280 §5 */
  async revocationList(days: number): Promise<string> {
    const nowMs = this.clock.now();
    const { issued, lists } = standingOf(await this.#deeds());
    const revoked = issued.flatMap(({ serial, revokedAt, notAfter }) =>
      revokedAt === undefined || notAfter <= nowMs ? [] : [{ serial, atMs: revokedAt }],
    );
    const number = lists + 1;
    await this.#keep({ did: 'listed', number, at: nowMs });
    return withNewline(await issueRevocationList(this.authority, { revoked, number }, { nowMs, days }));
  }

  async #deeds(): Promise<readonly AuthorityDeed[]> {
    const file = join(this.path, 'deeds.jsonl');
    return (await exists(file)) ? parseDeeds(await readFile(file, 'utf8'), file) : [];
  }

  /** Appended as a line of its own, so that two programs at one folder lose nothing of each other's. */
  async #keep(deed: AuthorityDeed): Promise<void> {
    await appendFile(join(this.path, 'deeds.jsonl'), `${JSON.stringify(deed)}\n`, { mode: 0o600, flush: true });
  }
}

function recordOf(certificate: string, names: readonly string[], at: number): IssuedRecord {
  const { serial, notAfter } = certificateFacts(certificate);
  return { serial, names, at, notAfter };
}

async function newSigner(path: string, wish: AuthorityWish['signer']): Promise<Signer> {
  for (const name of ['authority.pem', 'authority.key', 'signer.json']) {
    if (await exists(join(path, name))) {
      throw new Failure('AUTHORITY_EXISTS', `There is an authority in ${path} already; it is not replaced.`);
    }
  }
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (wish) {
    const signer = commandSigner({ ...wish, withinMs: SIGN_WITHIN_MS });
    // Whether it signs at all shows before anything is kept.
    await signer.sign(Buffer.from(randomUUID()));
    await writeFileAtomic(join(path, 'signer.json'), `${JSON.stringify(wish, undefined, 2)}\n`);
    return signer;
  }
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const pem = key.export({ format: 'pem', type: 'pkcs8' }).toString();
  await writeFileAtomic(join(path, 'authority.key'), pem);
  return keySigner(pem);
}

async function signerOf(path: string): Promise<Signer> {
  const file = join(path, 'signer.json');
  if (!(await exists(file))) {
    try {
      return keySigner(await readFile(join(path, 'authority.key'), 'utf8'));
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      throw new Failure('KEY_UNREADABLE', `${join(path, 'authority.key')} cannot be read`, { cause });
    }
  }
  const said: unknown = JSON.parse(await readFile(file, 'utf8'));
  const { command, publicKey } = said as { command?: unknown; publicKey?: unknown };
  const isCommand = Array.isArray(command) && command.every((word) => typeof word === 'string');
  if (!isCommand || typeof publicKey !== 'string') {
    throw new Failure('SIGNER_KEY_INVALID', `${file} should hold "command", a list of words, and "publicKey", PEM`);
  }
  return commandSigner({ command, publicKey, withinMs: SIGN_WITHIN_MS });
}

/** The number of a certificate file, as `revoke` takes it. Throws CERTIFICATE_INVALID. */
export function serialOf(pem: string): string {
  return readCertificates(pem, 'The file')[0]!.serialNumber;
}

function withNewline(pem: string): string {
  return pem.endsWith('\n') ? pem : `${pem}\n`;
}
