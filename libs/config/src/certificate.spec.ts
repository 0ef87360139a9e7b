import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings } from './load.js';
import type { Plain } from './located.js';
import type { Settings } from './settings.js';

const read = (certificate: Plain): Settings => loadSettings({ overrides: { domain: 'a.example', certificate } });
const acme = { directory: 'https://acme.example/dir', 'agrees-to-terms': true };

describe('settings of our own certificate', () => {
  it('may name one file for key and certificate', () => {
    const file = path.resolve('live.pem');
    expect(read({ certificate: 'live.pem' }).certificate).toEqual({ certificate: file, key: file });
  });

  it('say who renews it, with absolute paths', () => {
    const { ownCertificate } = read({ renew: { before: '30 days', company: { authority: 'berlin-ca' } }, probe: {} });
    expect(ownCertificate).toEqual({
      names: undefined,
      renewal: { by: 'company', beforeMs: 30 * 86_400_000, authority: path.resolve('berlin-ca'), days: 90 },
      probe: { everyMs: 30_000, keys: [] },
    });
    const { renewal } = read({ renew: { acme: { ...acme, http: '0.0.0.0:80' } } }).ownCertificate;
    expect(renewal).toMatchObject({
      by: 'acme',
      acme: { accountKey: path.resolve('acme-account.key'), dns: undefined },
    });
    expect(read({ renew: 'none' }).ownCertificate.renewal).toBeUndefined();
  });

  it.each([
    [
      'both authorities',
      { renew: { acme: { ...acme, http: '[::]:80' }, company: { authority: 'x' } } },
      'one of acme and company',
    ],
    ['none of them', { renew: { before: '1 day' } }, 'one of acme and company'],
    ['no way to prove names', { renew: { acme } }, 'one of http and dns'],
    ['half an account', { renew: { acme: { ...acme, http: '[::]:80', 'key-id': 'x' } } }, 'belong together'],
    ['a directory without TLS', { renew: { acme: { ...acme, directory: 'http://acme.example' } } }, 'https://'],
    ['two files to renew', { certificate: 'a', key: 'b', renew: { company: { authority: 'x' } } }, 'one file with key'],
    ['a key alone', { key: 'b' }, 'belong to a certificate'],
    ['a probe that is too rare', { probe: { every: '60s' } }, 'from 1s to 45s'],
  ])('are refused with %s', (_what, certificate, why) => {
    expect(() => read(certificate)).toThrow(why);
  });
});
