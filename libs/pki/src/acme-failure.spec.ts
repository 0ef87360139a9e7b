import { describe, expect, it } from 'vitest';
import { Failure } from '@interoffice/telemetry';
import { type AcmeContext, acmeFailure, retryAtOf } from './acme-failure.js';
import { type AcmeAnswer, problemIn } from './acme-problem.js';

const NOW = Date.UTC(2026, 10, 30);
const HOST = 'acme.example';
const problem = (type: string, detail = 'because') => ({ type: `urn:ietf:params:acme:error:${type}`, detail });
const said = (data: unknown, status = 403, retryAfter?: unknown): AcmeAnswer => ({ status, data, retryAfter });
const http: AcmeContext['proof'] = { name: 'berlin.example', by: 'http-01' };
const dns: AcmeContext['proof'] = { name: '*.berlin.example', by: 'dns-01' };
const broken = (code: string): Error => Object.assign(new Error(code), { code });
const failureOf = (answer: AcmeAnswer, about: Partial<AcmeContext> = {}): Failure =>
  acmeFailure(new Error('said no'), { host: HOST, problem: problemIn(answer, NOW), ...about });

describe('what an ACME server complains of', () => {
  const complaints: [string, AcmeAnswer, Partial<AcmeContext>, string, RegExp][] = [
    ['a limit', said(problem('rateLimited'), 429, '3600'), {}, 'ACME_RATE_LIMITED', /because.*until 2026-11-30T01:00/],
    [
      'a limit until a date',
      said(problem('rateLimited'), 429, 'Tue, 01 Dec 2026 00:00:00 GMT'),
      {},
      'ACME_RATE_LIMITED',
      /until 2026-12-01T00:00/,
    ],
    [
      'a limit without a time',
      said(problem('rateLimited'), 429),
      {},
      'ACME_RATE_LIMITED',
      /until some hours have passed/,
    ],
    ['a limit without a word', said('slow down', 429), { stage: 'account' }, 'ACME_RATE_LIMITED', /status 429/],
    ['a limit while a name is proven', said(problem('rateLimited')), { proof: http }, 'ACME_RATE_LIMITED', /no more/],
    ['no account', said(problem('accountDoesNotExist')), {}, 'ACME_ACCOUNT_REFUSED', /does not take our account/],
    [
      'an account of theirs',
      said(problem('externalAccountRequired')),
      { stage: 'account' },
      'ACME_ACCOUNT_REFUSED',
      /a key of theirs/,
    ],
    ['the terms', said(problem('agreementRequired')), { stage: 'account' }, 'ACME_ACCOUNT_REFUSED', /terms/],
    ['a name', said(problem('rejectedIdentifier')), {}, 'ACME_NAME_REFUSED', /Take another authority/],
    ['itself', said(problem('serverInternal'), 500), { proof: http }, 'ACME_SERVER_FAILED', /its side/],
    ['itself, without a word', said('<html>', 503), {}, 'ACME_SERVER_FAILED', /status 503/],
    ['something else', said(problem('badCSR', 'no CN')), {}, 'ACME_REFUSED', /refused: no CN \(badCSR\)/],
    ['nothing', said(undefined, 405), {}, 'ACME_REFUSED', /status 405 \(no reason given\)/],
    ['nothing, being no ACME server', said('<html>', 404), { stage: 'account' }, 'ACME_FAILED', /URL of its directory/],
    [
      'a port that is shut',
      said({ status: 'invalid', error: problem('connection', 'refused') }, 200),
      { proof: http },
      'ACME_CHALLENGE_FAILED',
      /berlin\.example is ours: refused\. It asks berlin\.example on port 80/,
    ],
    [
      'another answer',
      said({ error: problem('unauthorized') }, 200),
      { proof: http },
      'ACME_CHALLENGE_FAILED',
      /Something else answers/,
    ],
    ['no address', said({ error: problem('dns') }, 200), { proof: http }, 'ACME_CHALLENGE_FAILED', /public DNS/],
    [
      'no record',
      said({ error: problem('dns') }, 200),
      { proof: dns },
      'ACME_CHALLENGE_FAILED',
      /\*\.berlin\.example is ours.*at _acme-challenge\.berlin\.example\./,
    ],
    ['CAA', said({ error: problem('caa') }, 200), { proof: dns }, 'ACME_CHALLENGE_FAILED', /CAA records/],
  ];
  it.each(complaints)('is told in words: %s', (_, answer, about, code, text) => {
    const failure = failureOf(answer, about);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(text) as string });
    expect(failure.message).toMatch(/[.?]$/);
  });

  it('is shown in one line that is not too long', () => {
    const { message } = failureOf(said(problem('badCSR', `a\r\nb\u202e${'c'.repeat(1_000)}`)));
    expect(message).toContain('a b c');
    expect(message.length).toBeLessThan(400);
  });

  it('says when to come back', () => {
    expect(retryAtOf(failureOf(said(problem('rateLimited'), 429, '60')))).toBe(NOW + 60_000);
    expect(retryAtOf(failureOf(said(problem('rateLimited'), 429, 'soon')))).toBeUndefined();
    expect(retryAtOf(failureOf(said(problem('rateLimited'), 429, 60)))).toBeUndefined();
    expect(retryAtOf(new Error('other'))).toBeUndefined();
  });

  it('is nothing when it is content', () => {
    expect(problemIn(said({ status: 'valid', error: null }, 200), NOW)).toBeUndefined();
    expect(problemIn(said('-----BEGIN', 200), NOW)).toBeUndefined();
  });
});

describe('what keeps us from an ACME server', () => {
  const causes: [Error, Partial<AcmeContext>, string, RegExp][] = [
    [broken('ECONNREFUSED'), {}, 'ACME_UNREACHABLE', /\(ECONNREFUSED\)/],
    [broken('ENOTFOUND'), { proof: http }, 'ACME_UNREACHABLE', /DNS/],
    [broken('ECONNABORTED'), {}, 'ACME_UNREACHABLE', /firewall/],
    [broken('SELF_SIGNED_CERT_IN_CHAIN'), {}, 'ACME_UNTRUSTED', /give its authority/],
    [broken('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), {}, 'ACME_UNTRUSTED', /not trusted/],
    [broken('ERR_TLS_CERT_ALTNAME_INVALID'), {}, 'ACME_UNTRUSTED', /ALTNAME/],
    [new Error('Operation is pending or processing'), {}, 'ACME_SERVER_FAILED', /not finished/],
    [new Error('Operation is pending or processing'), { proof: dns }, 'ACME_CHALLENGE_FAILED', /by dns-01 in time/],
    [new Error('no data'), {}, 'ACME_FAILED', /as an ACME server does/],
  ];
  it.each(causes)('is told in words: %s %j', (cause, about, code, text) => {
    const failure = acmeFailure(cause, { host: HOST, ...about });
    expect(failure).toMatchObject({ code, cause, message: expect.stringMatching(text) as string });
  });
});
