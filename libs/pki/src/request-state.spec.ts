import { describe, expect, it } from 'vitest';
import { recordAnswer, recordLive, recordSent, type RequestRecord, stateOf, waitingFor } from './request-state.js';

const made: RequestRecord = { id: 'a', names: ['berlin.example'], keyType: 'P-256', madeAt: 1 };
const sent = recordSent(made, { to: 'ca@example', at: 2 });
const answer = { at: 3, certificate: 'PEM', fingerprint: 'AA', issuer: 'CN=CA', notAfter: 9 };
const answered = recordAnswer(sent, answer);
const live = recordLive(answered, 4);

describe('a request for a certificate', () => {
  const states: [string, RequestRecord, string | undefined, string][] = [
    ['was made', made, undefined, 'made'],
    ['was sent', sent, 'BB', 'sent'],
    ['is answered', answered, 'BB', 'answered'],
    ['is live', live, 'AA', 'live'],
    ['is live although a power cut came before the note', answered, 'AA', 'live'],
    ['was replaced', live, 'BB', 'replaced'],
    ['was live; the pair in use is broken', live, undefined, 'replaced'],
  ];
  it.each(states)('%s', (_, record, inUse, state) => {
    expect(stateOf(record, inUse)).toBe(state);
  });

  it('is waited for since it was last sent, until it is answered', () => {
    expect(waitingFor(made)).toBeUndefined();
    expect(waitingFor(sent)).toEqual({ since: 2, of: 'ca@example' });
    expect(waitingFor(recordSent(sent, { to: 'other CA', at: 5 }))).toEqual({ since: 5, of: 'other CA' });
    expect(waitingFor(answered)).toBeUndefined();
  });

  it('may be answered without having been sent, and once more before it is used', () => {
    expect(stateOf(recordAnswer(made, answer), undefined)).toBe('answered');
    expect(recordAnswer(answered, { ...answer, fingerprint: 'CC' }).answer?.fingerprint).toBe('CC');
  });

  const wrong: [string, () => RequestRecord][] = [
    ['sent when it is answered', () => recordSent(answered, { to: 'x', at: 5 })],
    ['answered when its certificate was in use', () => recordAnswer(live, answer)],
    ['live without an answer', () => recordLive(sent, 5)],
  ];
  it.each(wrong)('cannot be %s', (_, step) => {
    expect(step).toThrow(expect.objectContaining({ code: 'REQUEST_STATE' }));
  });
});
