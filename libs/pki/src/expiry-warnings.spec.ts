import { describe, expect, it } from 'vitest';
import { type ExpiryWarning, expiryWarnings, type WatchedCertificate } from './expiry-warnings.js';

const DAY = 86_400_000;
const END = Date.UTC(2026, 11, 31, 12);
const own: WatchedCertificate = { whose: 'own', domain: 'berlin.example', fingerprint: 'AA', notAfter: END };
const peer: WatchedCertificate = { whose: 'peer', domain: 'partner.example', fingerprint: 'BB', notAfter: END };
const short = ({ certificate, days }: ExpiryWarning): string => `${certificate.domain} ${days}`;

/** What is told on these days before the end, one look after the other. */
function toldOn(days: readonly number[], watched: readonly WatchedCertificate[] = [own]): string[][] {
  let told: ReadonlySet<string> = new Set();
  return days.map((left) => {
    const seen = expiryWarnings(watched, { told, now: END - left * DAY });
    ({ told } = seen);
    return seen.warnings.map(short);
  });
}

describe('the end of a certificate', () => {
  it('is told 30, 14, 7 and 1 days before, each once', () => {
    expect(toldOn([31, 30, 29.9, 15, 14, 13, 8, 7, 2, 1, 0.5, -1])).toEqual([
      [],
      ['berlin.example 30'],
      [],
      [],
      ['berlin.example 14'],
      [],
      [],
      ['berlin.example 7'],
      [],
      ['berlin.example 1'],
      [],
      [],
    ]);
  });

  it('is told by the last step alone when several passed unseen', () => {
    expect(toldOn([31, 6, 5])).toEqual([[], ['berlin.example 7'], []]);
    expect(toldOn([-3, -4])).toEqual([['berlin.example 1'], []]);
  });

  it('is told for peers as well, and for each domain of a certificate', () => {
    const other = { ...own, domain: 'conference.berlin.example' };
    expect(toldOn([30, 30], [own, other, peer, own])).toEqual([
      ['berlin.example 30', 'conference.berlin.example 30', 'partner.example 30'],
      [],
    ]);
  });

  it('is told anew for the certificate that follows, and what was told before is forgotten', () => {
    const { told } = expiryWarnings([own], { told: new Set(), now: END });
    expect(told.size).toBe(4);
    const next = { ...own, fingerprint: 'CC' };
    const seen = expiryWarnings([next], { told, now: END });
    expect(seen.warnings.map(short)).toEqual(['berlin.example 1']);
    expect([...seen.told].every((mark) => mark.startsWith('CC '))).toBe(true);
  });

  const texts: [string, WatchedCertificate, number, RegExp][] = [
    ['ours', own, 3.5, /^Our certificate for berlin\.example ends at 2026-12-31T12:00:00\.000Z, in 3 days\. Renew it/],
    ['a day', own, 1, /, in 1 day\. Renew/],
    ['hours', own, 0.5, /, in less than a day\. Renew/],
    ['over', own, 0, /^Our certificate for berlin\.example ended at 2026/],
    [
      'a peer’s',
      peer,
      7,
      /^The certificate of the peer partner\.example ends at .*, in 7 days\. Its owner has to renew it/,
    ],
  ];
  it.each(texts)('says when, whose it is and what to do: %s', (_, certificate, left, text) => {
    const { warnings } = expiryWarnings([certificate], { told: new Set(), now: END - left * DAY });
    expect(warnings.map((warning) => warning.text)).toEqual([expect.stringMatching(text)]);
  });
});
