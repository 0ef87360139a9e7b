import type { CertificateRequest } from '@interoffice/contract';
import { describe, expect, it } from 'vitest';
import { requestWords } from './request-words.js';

const AT = Date.UTC(2026, 10, 1, 12);
const HOUR_MS = 3_600_000;
const made: CertificateRequest = {
  id: '1',
  names: [],
  keyType: 'P-256',
  state: 'made',
  madeAt: new Date(AT).toISOString(),
};

describe('a request for a certificate', () => {
  it.each([
    [0, 'less than an hour'],
    [HOUR_MS, '1 hour'],
    [47 * HOUR_MS, '47 hours'],
    [72 * HOUR_MS, '3 days'],
  ])('waits %i ms: %s', (ms, words) => {
    const sent = { ...made, state: 'sent', waiting: { since: new Date(AT).toISOString(), of: 'Corp CA' } } as const;
    expect(requestWords(sent, AT + ms)).toMatch(new RegExp(`^waiting since .* for Corp CA \\(${words}\\)$`));
  });

  it('says in words where else it stands', () => {
    expect(requestWords(made, AT)).toBe('not sent yet');
    expect(requestWords({ ...made, state: 'live' }, AT)).toBe('in use');
  });
});
