import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeRequest, readRequest } from './certificate-request.js';
import { Pkcs10CertificateRequest, Pkcs10CertificateRequestGenerator } from './x509.js';

describe('a request for a certificate', () => {
  it('names what is served, in every form, and is signed by its key', async () => {
    const { request, key } = await makeRequest(['bücher.example', '192.0.2.7']);
    const { publicKey, names } = await readRequest(request);
    expect(names).toEqual({
      dns: ['xn--bcher-kva.example'],
      ip: ['192.0.2.7'],
      xmppAddr: ['bücher.example'],
      srv: ['_xmpp-client.xn--bcher-kva.example', '_xmpp-server.xn--bcher-kva.example'],
    });
    expect(publicKey.equals(createPublicKey(createPrivateKey(key)))).toBe(true);
  });

  it('for an ACME server asks for domains and addresses alone, and has no CN', async () => {
    const { request } = await makeRequest(['bücher.example', '192.0.2.7'], { names: 'plain', key: 'P-384' });
    const { names, publicKey } = await readRequest(request);
    expect(names).toEqual({ dns: ['xn--bcher-kva.example'], ip: ['192.0.2.7'], xmppAddr: [], srv: [] });
    expect(publicKey.asymmetricKeyDetails?.namedCurve).toBe('secp384r1');
    expect(new Pkcs10CertificateRequest(request).subject).toBe('');
  });

  it('needs something to name', async () => {
    await expect(makeRequest([])).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });

  const foreign = async (algorithm: webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams): Promise<string> => {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const signingAlgorithm = { ...algorithm, hash: 'SHA-256' };
    const made = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=x', keys, signingAlgorithm });
    return made.toString('pem');
  };
  const rsa = (modulusLength: number): webcrypto.RsaHashedKeyGenParams => ({
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength,
  });

  it('may be for a key on another curve or of RSA, and name nothing', async () => {
    expect((await readRequest(await foreign(rsa(2048)))).names.dns).toEqual([]);
    const { publicKey } = await readRequest(await foreign({ name: 'ECDSA', namedCurve: 'P-384' }));
    expect(publicKey.asymmetricKeyDetails?.namedCurve).toBe('secp384r1');
  });

  const tampered = async (): Promise<string> => {
    const { request } = await makeRequest(['berlin.example']);
    const lines = request.split('\n');
    const bytes = Buffer.from(lines.slice(1, -1).join(''), 'base64');
    const at = bytes.indexOf('berlin.example');
    bytes[at] = 'm'.charCodeAt(0);
    return `${lines[0]}\n${bytes.toString('base64')}\n${lines.at(-1)}`;
  };
  const wrong: [string, () => Promise<string>, RegExp][] = [
    ['was changed', tampered, /not signed by the key/],
    ['is for a weak key', () => foreign(rsa(1024)), /too weak/],
    [
      'is none',
      () => Promise.resolve('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----'),
      /no certificate request/,
    ],
    ['is text', () => Promise.resolve('please'), /no certificate request/],
    ['has no end', () => Promise.resolve('x'.repeat(65_537)), /no certificate request/],
  ];
  it.each(wrong)('that %s is refused', async (_, make, text) => {
    const failure = await readRequest(await make()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'REQUEST_INVALID', message: expect.stringMatching(text) as string });
  });
});
