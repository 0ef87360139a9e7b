import { describe, expect, it } from 'vitest';
import type { PeerAttempt, PeerDetail } from '@interoffice/contract';
import { storyOf, whyNot } from './peer-story.js';

const REFUSED = { code: 'refused', text: '192.0.2.7 port 5269 refuses connections' };
const at = (iso: string): string => iso.slice(11, 16);

function peer(changes: Partial<PeerDetail> = {}): PeerDetail {
  return {
    domain: 'partner.example',
    state: 'calling',
    since: '2026-11-30T12:00:00.000Z',
    directions: ['in', 'out'],
    underWay: 0,
    lines: [],
    attempts: [],
    turnedAway: [],
    office: false,
    carries: [],
    passedOn: { to: [], from: [] },
    ...changes,
  };
}
const tried = (stage: string, { code, text } = REFUSED): PeerDetail =>
  peer({ lastEnd: { code, text }, attempts: [{ stage, code, text } as PeerAttempt] });

describe('what is said of a peer', () => {
  it('that cannot be reached names the stage, whose side it is, what happened and what to do', () => {
    expect(storyOf({ ...tried('connect'), nextTryAt: '2026-11-30T12:05:00.000Z' }, at)).toEqual({
      severity: 'error',
      title: 'Not connected since 12:00',
      text: 'It stops at “Connect”, on their side: 192.0.2.7 port 5269 refuses connections. Ask their administrator whether the server runs at this address and port. Next try 12:05.',
    });
  });

  it.each([
    ['resolve', 'dns-failed', 'on our side or theirs'],
    ['proxy', 'proxy-auth-refused', 'on our side'],
    ['connect', 'timeout', 'on the way between us'],
    ['connect', 'no-route', 'on our side'],
    ['stream', 'closed', 'on their side'],
    ['tls', 'starttls-not-offered', 'on their side'],
    ['certificate', 'expired', 'on their side'],
    ['certificate', 'untrusted-root', 'on our side or theirs'],
    ['authentication', 'not-authorized', 'on their side'],
    ['authentication', 'dialback-invalid', 'on our side'],
    ['authentication', 'constructor', 'on their side'],
    ['of a later release', 'of a later release', 'on their side'],
  ])('says of %s, %s whose side it is: %s', (stage, code, side) => {
    expect(storyOf(tried(stage, { code, text: 'It failed.' }), at).text).toContain(`, ${side}: It failed. `);
  });

  it('whose line broke says so', () => {
    const broken = peer({ lastEnd: { code: 'system-shutdown', text: 'The server ended the stream: bye' } });
    expect(storyOf(broken, at).text).toMatch(/^It was connected and the line broke, on their side: .*: bye\. It is/);
  });

  it.each([
    [peer({ state: 'up' }), 'success', 'Connected since 12:00', ''],
    [
      peer({ state: 'up', directions: ['out'] }),
      'success',
      'Connected since 12:00',
      'The rules let something pass from us to them only.',
    ],
    [
      peer({ state: 'idle', since: undefined, directions: ['in'] }),
      'info',
      'Nothing has been sent yet',
      'It is called as soon as somebody here writes to somebody there. The rules let something pass from them to us only.',
    ],
    [peer(), 'info', 'Being called since 12:00', 'The first try has not ended yet.'],
  ])('is right for the others: %#', (of, severity, title, text) => {
    expect(storyOf(of, at)).toEqual({ severity, title, text });
  });

  it('that is denied says what would change that', () => {
    expect(storyOf(peer({ state: 'denied' }), at)).toMatchObject({ severity: 'warning', title: 'Denied by policy' });
    expect(whyNot({ state: 'denied' })).toBe('No rule lets anything pass.');
  });

  it('in the list is why it is not connected, and nothing while it is', () => {
    expect(whyNot(tried('connect'))).toBe(REFUSED.text);
    expect(whyNot({ ...tried('connect'), state: 'up' })).toBe('');
    expect(whyNot(peer())).toBe('');
  });
});
