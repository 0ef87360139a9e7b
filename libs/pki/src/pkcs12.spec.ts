import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import forge from 'node-forge';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type CertificateWish,
  selfSigned,
  type TestCertificate,
  testRoot,
} from '../../../test/support/certificates.js';
import { derOf, integer, type Node, nothing, octets, oid, sequence, tagged } from './pkcs12-asn1.js';
import { openContainer } from './pkcs12-container.js';
import { type Encrypted, encrypt } from './pkcs12-encryption.js';
import { FileKeys } from './pkcs12-key.js';
import { CERTIFICATE_BAG, DATA, ENCRYPTED_DATA, KEY_BAG, PBE_3DES, PBES2, SAFE_CONTENTS_BAG } from './pkcs12-oids.js';
import { bag, certificateBag, encryptedInfo, keyBag, plainInfo, seal } from './pkcs12-parts.js';
import { readPkcs12, writePkcs12 } from './pkcs12.js';

const WORD = 'Käse & Brot 🧀';
const NAMES = { dns: ['berlin.example'] };

let office: TestCertificate;
let leaf: TestCertificate;
let key: string;
beforeAll(async () => {
  office = await (await testRoot()).authority({ subject: 'Office authority' });
  leaf = await office.issue({ names: NAMES });
  key = await leaf.keyPem();
});

const pem = (certificates: readonly TestCertificate[]): string =>
  certificates.map(({ der }) => new X509Certificate(der).toString()).join('');
const pairOf = async (wish: CertificateWish) => {
  const made = await office.issue({ names: NAMES, ...wish });
  return { key: await made.keyPem(), certificate: pem(made.chain) };
};
const pkcs8 = (text: string): Buffer => createPrivateKey(text).export({ format: 'der', type: 'pkcs8' });

describe('a PKCS #12 file', () => {
  const kinds: [string, CertificateWish['key']][] = [
    ['P-256', 'p256'],
    ['P-384', 'p384'],
    ['Ed25519', 'ed25519'],
    ['RSA', 'rsa2048'],
  ];
  it.each(kinds)('brings back what was written, and OpenSSL in Node takes it: %s', async (_, kind) => {
    const pair = await pairOf({ key: kind });
    const file = await writePkcs12(pair, WORD);
    expect(await readPkcs12(file, WORD)).toEqual(pair);
    expect(() => createSecureContext({ pfx: file, passphrase: WORD })).not.toThrow();
    expect(() => createSecureContext({ pfx: file, passphrase: 'other' })).toThrow('mac verify failure');
  });

  it('shows neither key nor certificate to who has no passphrase', async () => {
    const file = await writePkcs12({ key, certificate: leaf.pem }, WORD);
    expect(file.includes('berlin.example')).toBe(false);
    expect(file.includes(pkcs8(key).subarray(-32))).toBe(false);
  });

  it('is not written without a passphrase, or with a key of another certificate', async () => {
    const pair = { key, certificate: leaf.pem };
    await expect(writePkcs12(pair, '')).rejects.toMatchObject({ code: 'PKCS12_PASSPHRASE' });
    await expect(writePkcs12({ ...pair, certificate: office.pem }, WORD)).rejects.toMatchObject({
      code: 'KEY_MISMATCH',
    });
    await expect(writePkcs12({ ...pair, key: 'none' }, WORD)).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it.each(['3des', 'aes128', 'aes256'] as const)('is read as node-forge writes it: %s', async (algorithm) => {
    const made = await selfSigned({ key: 'rsa2048', names: NAMES });
    const forged = forge.pkcs12.toPkcs12Asn1(
      forge.pki.privateKeyFromPem(await made.keyPem()),
      [forge.pki.certificateFromPem(made.pem)],
      'secret',
      { algorithm },
    );
    const read = await readPkcs12(derOf(forged), 'secret');
    expect(new X509Certificate(read.certificate).raw).toEqual(made.der);
    expect(pkcs8(read.key)).toEqual(pkcs8(await made.keyPem()));
  });
});

describe('what is in a PKCS #12 file', () => {
  const FEW = 10;
  const keys = () => new FileKeys(WORD);
  const shrouded = async (text: string): Promise<Node> => keyBag(await encrypt(pkcs8(text), keys(), FEW));
  const certificates = (...some: readonly TestCertificate[]): Node[] => some.map(({ der }) => certificateBag(der));
  const sealed = (...bags: readonly Node[]): Promise<Buffer> =>
    seal([plainInfo(derOf(sequence(...bags)))], keys(), FEW);
  const read = async (file: Buffer | Promise<Buffer>, word = WORD): Promise<string> => {
    const { certificate } = await readPkcs12(await file, word);
    return certificate;
  };
  const failure = (file: Buffer | Promise<Buffer>, word = WORD): Promise<unknown> =>
    read(file, word).catch((error: unknown) => error);

  it('comes with its chain in order, whatever order it was in, and without certificates of others', async () => {
    const [root] = office.above;
    const stranger = await testRoot({ subject: 'Stranger' });
    const file = sealed(...certificates(stranger, root!, office, leaf), await shrouded(key));
    expect(await read(file)).toBe(pem([leaf, office, root!]));
  });

  it('may lie in bags within bags, unencrypted, twice, or beside what is no X.509', async () => {
    const own = bag(KEY_BAG, forge.asn1.fromDer(pkcs8(key).toString('latin1')));
    const odd = bag(CERTIFICATE_BAG, sequence(oid('1.2.840.113549.1.9.22.2'), tagged(octets(Buffer.from('sdsi')))));
    const inner = bag(SAFE_CONTENTS_BAG, sequence(...certificates(leaf, office)));
    const secret = bag('1.2.840.113549.1.12.10.1.5', sequence());
    expect(await read(sealed(own, odd, inner, secret, own))).toBe(pem([leaf, office]));
  });

  const algorithm = (id: string, ...parameters: readonly Node[]): Node => sequence(oid(id), ...parameters);
  const unread = (id: string, ...parameters: readonly Node[]): Encrypted => ({
    algorithm: algorithm(id, sequence(...parameters)),
    encrypted: randomBytes(32),
  });
  const HUGE = 2 ** 31 - 1;
  const salt = octets(Buffer.alloc(8));
  const scrypt = (): Node[] => [
    algorithm('1.3.6.1.4.1.11591.4.11', sequence(salt)),
    algorithm('2.16.840.1.101.3.4.1.42', octets(Buffer.alloc(16))),
  ];
  const stretched = (iterations: number, cipher: string, ...hmac: readonly Node[]): Node[] => [
    algorithm('1.2.840.113549.1.5.12', sequence(salt, integer(iterations), ...hmac)),
    algorithm(cipher, octets(Buffer.alloc(16))),
  ];
  const AES = '2.16.840.1.101.3.4.1.42';

  const wrong: [string, () => Promise<Buffer>, string, RegExp][] = [
    ['no key', () => sealed(...certificates(leaf)), 'PKCS12_NO_KEY', /holds no private key/],
    [
      'several keys',
      async () => sealed(...certificates(leaf), await shrouded(key), await shrouded(await office.keyPem())),
      'PKCS12_SEVERAL_KEYS',
      /several keys/,
    ],
    ['no certificate', async () => sealed(await shrouded(key)), 'PKCS12_NO_CERTIFICATE', /no certificate/],
    [
      'the key of another certificate',
      async () => sealed(...certificates(office), await shrouded(key)),
      'KEY_MISMATCH',
      /belongs to none/,
    ],
    ['a scheme nobody knows', () => sealed(keyBag(unread('1.2.3'))), 'PKCS12_UNSUPPORTED', /\(1\.2\.3\)/],
    [
      'a derivation that is not supported',
      () => sealed(keyBag(unread(PBES2, ...scrypt()))),
      'PKCS12_UNSUPPORTED',
      /11591\.4\.11/,
    ],
    [
      'a cipher that is not supported',
      () => sealed(keyBag(unread(PBES2, ...stretched(1, '1.3.14.3.2.7')))),
      'PKCS12_UNSUPPORTED',
      /1\.3\.14\.3\.2\.7/,
    ],
    [
      'an HMAC that is not supported',
      () => sealed(keyBag(unread(PBES2, ...stretched(1, AES, integer(32), algorithm('1.2.4', nothing()))))),
      'PKCS12_UNSUPPORTED',
      /\(1\.2\.4\)/,
    ],
    ['a key that is damaged', () => sealed(keyBag(unread(PBES2, ...stretched(1, AES)))), 'PKCS12_INVALID', /damaged/],
    [
      'a key of no known kind',
      async () => sealed(keyBag(await encrypt(derOf(sequence(integer(1))), keys(), FEW))),
      'PKCS12_UNSUPPORTED',
      /of a kind that is not known/,
    ],
    [
      'a certificate that is none',
      async () => sealed(certificateBag(Buffer.from('none')), await shrouded(key)),
      'PKCS12_INVALID',
      /damaged/,
    ],
    [
      'too much to hash for its key',
      () => sealed(keyBag(unread(PBES2, ...stretched(HUGE, AES)))),
      'PKCS12_COSTLY',
      /2147483647 times/,
    ],
    [
      'too much to hash in the old way',
      () => sealed(keyBag(unread(PBE_3DES, salt, integer(HUGE)))),
      'PKCS12_COSTLY',
      /2147483647 times/,
    ],
    [
      'too many bags',
      () => sealed(...Array.from({ length: 101 }, () => certificateBag(Buffer.from('none')))),
      'PKCS12_UNSUPPORTED',
      /more than 100/,
    ],
    [
      'something for a public key',
      () => seal([sequence(oid('1.2.840.113549.1.7.3'), tagged(sequence()))], keys(), FEW),
      'PKCS12_UNSUPPORTED',
      /public key/,
    ],
    ['nothing', () => seal([], keys(), FEW), 'PKCS12_NO_KEY', /no private key/],
  ];
  it.each(wrong)('is refused: %s', async (_, make, code, text) => {
    expect(await failure(make())).toMatchObject({ code, message: expect.stringMatching(text) as string });
  });

  it('is refused with the wrong passphrase, in words that do not repeat it', async () => {
    const file = await sealed(...certificates(leaf), await shrouded(key));
    const error = await failure(file, 'guessed');
    expect(error).toMatchObject({ code: 'PKCS12_PASSPHRASE' });
    expect((error as Error).message).not.toContain('guessed');
  });

  const file = (mac?: Node, type = DATA): Buffer => {
    const content = sequence(oid(type), tagged(octets(derOf(sequence()))));
    return derOf(sequence(integer(3), content, ...(mac ? [mac] : [])));
  };
  const macWith = (hash: string, iterations: number): Node =>
    sequence(sequence(algorithm(hash, nothing()), octets(randomBytes(32))), salt, integer(iterations));
  const SHA256 = '2.16.840.1.101.3.4.2.1';
  const outside: [string, () => Buffer, string][] = [
    ['is larger than 1 MiB', () => Buffer.alloc(1_048_577), 'PKCS12_TOO_LARGE'],
    ['is empty', () => Buffer.alloc(0), 'PKCS12_INVALID'],
    ['is text', () => Buffer.from(key), 'PKCS12_INVALID'],
    ['is a certificate', () => leaf.der, 'PKCS12_INVALID'],
    ['is of another version', () => derOf(sequence(integer(4), sequence())), 'PKCS12_INVALID'],
    ['is a thousand times nested', () => Buffer.alloc(20_000, Buffer.from([0x30, 0x80])), 'PKCS12_INVALID'],
    ['has no MAC', () => file(), 'PKCS12_UNPROTECTED'],
    ['is signed instead', () => file(undefined, '1.2.840.113549.1.7.2'), 'PKCS12_UNSUPPORTED'],
    ['has a MAC of MD5', () => file(macWith('1.2.840.113549.2.5', 1)), 'PKCS12_UNSUPPORTED'],
    ['has another MAC', () => file(macWith(SHA256, 1)), 'PKCS12_PASSPHRASE'],
    ['wants its MAC hashed for minutes', () => file(macWith(SHA256, HUGE)), 'PKCS12_COSTLY'],
  ];
  it.each(outside)('is refused when the file %s', async (_, make, code) => {
    expect(await failure(make())).toMatchObject({ code });
  });

  it('may be encrypted together, with content in pieces', async () => {
    const contents = derOf(sequence(...certificates(leaf), await shrouded(key)));
    const { algorithm: how, encrypted } = await encrypt(contents, keys(), FEW);
    const whole = await seal([encryptedInfo({ algorithm: how, encrypted })], keys(), FEW);
    expect(await read(whole)).toBe(pem([leaf]));
    const pieces = forge.asn1.create(
      forge.asn1.Class.CONTEXT_SPECIFIC,
      0,
      true,
      [encrypted.subarray(0, 16), encrypted.subarray(16)].map(octets),
    );
    const info = sequence(oid(ENCRYPTED_DATA), tagged(sequence(integer(0), sequence(oid(DATA), how, pieces))));
    expect(await read(seal([info], keys(), FEW))).toBe(pem([leaf]));
  });

  it('is refused when its keys together take too long, each of them being allowed', async () => {
    const wish = { purpose: 'mac', salt: randomBytes(8), iterations: 1_000_000, bytes: 20, hash: 'sha1' } as const;
    const derived = keys().derive(Array.from({ length: 4 }, () => wish));
    await expect(derived).rejects.toMatchObject({ code: 'PKCS12_COSTLY' });
  });

  it('is refused with a reason, or read as before, however it is cut or changed', async () => {
    const good = await sealed(...certificates(leaf), await shrouded(key));
    const before = await openContainer(good, WORD);
    const opened = (bytes: Buffer): Promise<unknown> =>
      openContainer(bytes, WORD).catch(({ code }: { code?: string }) => code);
    for (let at = 0; at < good.length; at++) {
      const changed = Buffer.from(good);
      changed[at] = changed[at]! ^ (1 << (at % 8));
      for (const bytes of [changed, good.subarray(0, at)]) {
        const seen = await opened(bytes);
        if (typeof seen === 'string') expect(seen).toMatch(/^PKCS12_/);
        else expect(seen).toEqual(before);
      }
    }
  });
});
