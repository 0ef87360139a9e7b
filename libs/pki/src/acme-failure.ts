// What went wrong between us and an ACME server, on whose side, and what to do.
import { Failure } from '@interoffice/telemetry';
import { AcmeProblem } from './acme-problem.js';

/** What was asked when it failed. */
export interface AcmeContext {
  /** The server's host, for the sentence. */
  readonly host: string;
  /** What it said last, if that was a complaint. */
  readonly problem?: AcmeProblem;
  /** What was asked for was our account. */
  readonly stage?: 'account';
  /** The name that was being proven, and how. */
  readonly proof?: { readonly name: string; readonly by: 'http-01' | 'dns-01' };
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_NETWORK',
]);
/** OpenSSL's and Node's names for a chain that is not accepted. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_|_CA$|ALTNAME|SIGNATURE/;

/** The failure to throw for an error of the ACME client; its cause is the server's complaint, when there is one. */
export function acmeFailure(error: unknown, context: AcmeContext): Failure {
  const { host, problem, proof } = context;
  if (problem) return proof && !ABOUT_US.has(problem.type) ? proofFailure(problem, proof) : refusal(problem, context);
  return networkFailure(error, host) ?? (isLate(error) || proof ? lateFailure(error, context) : notAcme(error, host));
}

function networkFailure(cause: unknown, host: string): Failure | undefined {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  if (UNREACHABLE.has(code)) {
    return new Failure(
      'ACME_UNREACHABLE',
      `The ACME server ${host} cannot be reached (${code}). Check the address, DNS and the firewall.`,
      { cause },
    );
  }
  if (!UNTRUSTED.test(code)) return undefined;
  return new Failure(
    'ACME_UNTRUSTED',
    `The certificate of the ACME server ${host} is not trusted here (${code}). For a server of the company's own, give its authority.`,
    { cause },
  );
}

/** What acme-client says when it has looked often enough. */
function isLate(error: unknown): boolean {
  return error instanceof Error && error.message.includes('pending or processing');
}

function lateFailure(cause: unknown, { host, proof }: AcmeContext): Failure {
  if (proof) {
    return new Failure(
      'ACME_CHALLENGE_FAILED',
      `The authority has not checked ${proof.name} by ${proof.by} in time. Try again later.`,
      { cause },
    );
  }
  return new Failure(
    'ACME_SERVER_FAILED',
    `The ACME server ${host} has not finished our order in time. The fault is on its side; try again later.`,
    { cause },
  );
}

function notAcme(cause: unknown, host: string): Failure {
  return new Failure(
    'ACME_FAILED',
    `${host} did not answer as an ACME server does. Is that the URL of its directory?`,
    { cause },
  );
}

/** Complaints that are never about the name that is being proven. */
const ABOUT_US: ReadonlySet<string> = new Set([
  'rateLimited',
  'serverInternal',
  'badNonce',
  'accountDoesNotExist',
  'userActionRequired',
]);

const REFUSALS: ReadonlyMap<string, (problem: AcmeProblem, host: string) => Failure> = new Map([
  ['rateLimited', rateLimited],
  ['serverInternal', serverFailed],
  ['accountDoesNotExist', accountRefused],
  ['userActionRequired', accountRefused],
  ['rejectedIdentifier', nameRefused],
  ['unsupportedIdentifier', nameRefused],
  ['caa', nameRefused],
]);

function refusal(problem: AcmeProblem, { host, stage }: AcmeContext): Failure {
  const { type, message: said } = problem;
  if (stage === 'account' && type === '') return notAcme(problem, host);
  // Servers have complaints of their own here, about terms say.
  if (stage === 'account' && !ABOUT_US.has(type)) return accountRefused(problem, host);
  const known = REFUSALS.get(type);
  if (known) return known(problem, host);
  return new Failure('ACME_REFUSED', `${host} refused: ${said} (${type || 'no reason given'}).`, { cause: problem });
}

function rateLimited(problem: AcmeProblem, host: string): Failure {
  const { message: said, retryAt } = problem;
  const until = retryAt === undefined ? 'some hours have passed' : new Date(retryAt).toISOString();
  return new Failure(
    'ACME_RATE_LIMITED',
    `${host} takes no more orders from us for now: ${said}. Nothing is broken; wait until ${until}.`,
    { cause: problem },
  );
}

function accountRefused(problem: AcmeProblem, host: string): Failure {
  return new Failure(
    'ACME_ACCOUNT_REFUSED',
    `${host} does not take our account: ${problem.message}. See what its operator asks for: terms, an address, or a key of theirs.`,
    { cause: problem },
  );
}

function nameRefused(problem: AcmeProblem, host: string): Failure {
  return new Failure(
    'ACME_NAME_REFUSED',
    `${host} issues no certificate for one of the names: ${problem.message}. Take another authority, or change the names.`,
    { cause: problem },
  );
}

function serverFailed(problem: AcmeProblem, host: string): Failure {
  return new Failure(
    'ACME_SERVER_FAILED',
    `The ACME server ${host} failed: ${problem.message}. The fault is on its side; try again later.`,
    { cause: problem },
  );
}

function proofFailure(problem: AcmeProblem, proof: NonNullable<AcmeContext['proof']>): Failure {
  return new Failure(
    'ACME_CHALLENGE_FAILED',
    `The authority could not check that ${proof.name} is ours: ${problem.message}. ${remedy(problem.type, proof)}`,
    { cause: problem },
  );
}

function remedy(type: string, { name, by }: NonNullable<AcmeContext['proof']>): string {
  if (type === 'caa') return `The CAA records of ${name} do not allow this authority: add it, or take another.`;
  if (by === 'dns-01') return `It looked for a TXT record at _acme-challenge.${name.replace(/^\*\./, '')}.`;
  if (type === 'dns') return `It needs an address for ${name} in the public DNS.`;
  return type === 'connection'
    ? `It asks ${name} on port 80: let that through the firewall, to this server.`
    : `Something else answers for ${name} on port 80: send /.well-known/acme-challenge/ to this server.`;
}

/** Until when the server wants to be left alone, if a failure says so: for `planRenewal`. Milliseconds since 1970. */
export function retryAtOf(error: unknown): number | undefined {
  return error instanceof Failure && error.cause instanceof AcmeProblem ? error.cause.retryAt : undefined;
}
