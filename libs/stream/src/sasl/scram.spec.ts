import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Authenticator, ScramHash, ScramVerifier } from '../authenticator.js';
import type { Step } from './exchange.js';
import { Plain } from './plain.js';
import { type ChannelBindings, Scram } from './scram.js';

const SALT = Buffer.from('4125c247e43ab1e93c6dff76', 'hex');
const PASSWORD = 'pencil';
const sizes: Record<ScramHash, number> = { sha1: 20, sha256: 32, sha512: 64 };

function verifierFor(hash: ScramHash, password = PASSWORD): ScramVerifier {
  const salted = pbkdf2Sync(password, SALT, 4096, sizes[hash], hash);
  const key = (name: string): Buffer => createHmac(hash, salted).update(name).digest();
  return {
    salt: SALT,
    iterations: 4096,
    storedKey: createHash(hash).update(key('Client Key')).digest(),
    serverKey: key('Server Key'),
  };
}

const people: Authenticator = {
  offersScram: () => true,
  verifier: async (account, hash) =>
    account.local === 'user' ? verifierFor(hash) : { ...verifierFor(hash, 'nobody knows'), salt: SALT },
  admits: async (account) => (account.local === 'suspended' ? { condition: 'account-disabled' } : { account }),
  check: async (account, password) =>
    account.local === 'user' && password === PASSWORD ? { proof: 'password' } : { condition: 'not-authorized' },
};

interface Run {
  hash?: ScramHash;
  plus?: boolean;
  plusOffered?: boolean;
  bindings?: ChannelBindings;
}

function server({ hash = 'sha256', plus = false, plusOffered = false, bindings = {} }: Run = {}): Scram {
  return new Scram(people, { hash, plus, plusOffered, bindings, domain: 'im.example' });
}

interface Client {
  gs2?: string;
  user?: string;
  password?: string;
  binding?: Buffer;
  hash?: ScramHash;
  tamper?: (final: string) => string;
}

async function exchange(scram: Scram, client: Client = {}): Promise<{ step: Step; final?: string }> {
  const {
    gs2 = 'n,,',
    user = 'user',
    password = PASSWORD,
    binding = Buffer.alloc(0),
    hash = 'sha256',
    tamper = (x) => x,
  } = client;
  const bare = `n=${user},r=fyko+d2lbbFgONRv9qkxdawL`;
  const first = await scram.step(Buffer.from(gs2 + bare));
  if (!('challenge' in first)) return { step: first };
  const serverFirst = first.challenge.toString();
  const [, nonce, salt, count] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst)!;
  const salted = pbkdf2Sync(password, Buffer.from(salt!, 'base64'), Number(count), sizes[hash], hash);
  const clientKey = createHmac(hash, salted).update('Client Key').digest();
  const withoutProof = `c=${Buffer.concat([Buffer.from(gs2), binding]).toString('base64')},r=${nonce}`;
  const signature = createHmac(hash, createHash(hash).update(clientKey).digest())
    .update(`${bare},${serverFirst},${withoutProof}`)
    .digest();
  const proof = Buffer.from(clientKey.map((byte, i) => byte ^ signature[i]!)).toString('base64');
  const final = tamper(`${withoutProof},p=${proof}`);
  return { step: await scram.step(Buffer.from(final)), final };
}

const conditionOf = (step: Step): string => ('refusal' in step ? step.refusal.condition : 'no refusal');

describe('SCRAM', () => {
  it.each(['sha1', 'sha256', 'sha512'] as const)(
    'lets in who knows the password, and proves itself, with %s',
    async (hash) => {
      const { step } = await exchange(server({ hash }), { hash });
      expect(step).toMatchObject({ proof: 'scram' });
      if ('account' in step) {
        expect(step.account.bare).toBe('user@im.example');
        expect(step.additional!.toString()).toMatch(/^v=[A-Za-z0-9+/]+=*$/);
      }
    },
  );

  it('answers a wrong password and an unknown name alike', async () => {
    expect(conditionOf((await exchange(server(), { password: 'crayon' })).step)).toBe('not-authorized');
    expect(conditionOf((await exchange(server(), { user: 'nobody' })).step)).toBe('not-authorized');
  });

  //
  it('refuses to act for somebody else and accepts one’s own address', async () => {
    for (const authzid of ['other@im.example', 'user@im.example/phone', 'other', 'user@elsewhere.example']) {
      expect(conditionOf((await exchange(server(), { gs2: `n,a=${authzid},` })).step)).toBe('invalid-authzid');
    }
    expect(await exchange(server(), { gs2: 'n,a=user@im.example,' })).toMatchObject({ step: { proof: 'scram' } });
  });

  //
  it('refuses a changed nonce, an extension it must understand, and a final message sent twice', async () => {
    expect(conditionOf((await exchange(server(), { tamper: (final) => final.replace(',r=', ',r=x') })).step)).toBe(
      'not-authorized',
    );
    expect(conditionOf(await server().step(Buffer.from('n,,m=x,n=user,r=abc')))).toBe('malformed-request');
    const scram = server();
    const { final } = await exchange(scram);
    expect(conditionOf(await scram.step(Buffer.from(final!)))).toBe('malformed-request');
  });

  //
  it('binds a log-in to its TLS connection', async () => {
    const data = Buffer.from('the exporter of this connection, 32');
    const run = { plus: true, plusOffered: true, bindings: { 'tls-exporter': () => data } };
    const gs2 = 'p=tls-exporter,,';
    expect(await exchange(server(run), { gs2, binding: data })).toMatchObject({ step: { proof: 'scram' } });
    expect(conditionOf((await exchange(server(run), { gs2, binding: Buffer.from('another connection') })).step)).toBe(
      'not-authorized',
    );
    expect(conditionOf((await exchange(server(run), { gs2: 'p=tls-unique,,', binding: data })).step)).toBe(
      'not-authorized',
    );
    expect(conditionOf((await exchange(server(run), { gs2: 'n,,' })).step)).toBe('not-authorized');
    expect(conditionOf((await exchange(server({ plusOffered: true }), { gs2, binding: data })).step)).toBe(
      'not-authorized',
    );
  });

  //
  it('notices that somebody has removed the offer of channel binding on the way', async () => {
    expect(conditionOf((await exchange(server({ plusOffered: true }), { gs2: 'y,,' })).step)).toBe('not-authorized');
    expect(await exchange(server({ plusOffered: false }), { gs2: 'y,,' })).toMatchObject({ step: { proof: 'scram' } });
  });

  //
  it('answers whatever else is sent with a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, second) => {
        const scram = server();
        if (second) await scram.step(Buffer.from('n,,n=user,r=abcdef'));
        expect(await scram.step(Buffer.from(bytes))).toHaveProperty('refusal');
      }),
      { numRuns: 500 },
    );
  });
});

describe('PLAIN', () => {
  const plain = () => new Plain(people, 'im.example', '127.0.0.1');
  const step = (text: string) => plain().step(Buffer.from(text));

  it('lets in who knows the password, by name or address', async () => {
    expect(await step('\0user\0pencil')).toMatchObject({ proof: 'password' });
    expect(await step('user@im.example\0user@im.example\0pencil')).toMatchObject({ proof: 'password' });
  });

  //
  it.each([
    ['other@im.example\0user\0pencil', 'invalid-authzid'],
    ['user@im.example/phone\0user\0pencil', 'invalid-authzid'],
    ['\0user\0pencil\0', 'malformed-request'],
    ['\0\0user\0pencil', 'malformed-request'],
    ['user\0pencil', 'malformed-request'],
    ['\0\0pencil', 'malformed-request'],
    ['\0user@elsewhere.example\0pencil', 'not-authorized'],
    ['\0us er\0pencil', 'not-authorized'],
  ])('refuses %j with %s', async (text, condition) => {
    expect(conditionOf(await step(text))).toBe(condition);
  });

  //
  it('asks nobody about an empty or blank password', async () => {
    let asked = 0;
    const counting: Authenticator = { ...people, check: async () => (asked++, { proof: 'password' }) };
    for (const password of ['', ' ', '\u3000', '   ']) {
      const outcome = await new Plain(counting, 'im.example', '127.0.0.1').step(Buffer.from(`\0user\0${password}`));
      expect(conditionOf(outcome)).toBe('not-authorized');
    }
    expect(asked).toBe(0);
  });

  //
  it('binds the name it has checked, whatever is sent', async () => {
    const anyone: Authenticator = { ...people, check: async () => ({ proof: 'password' }) };
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
        const outcome = await new Plain(anyone, 'im.example', '127.0.0.1').step(Buffer.from(text));
        if (!('account' in outcome)) return;
        const [authzid, name] = text.split('\0');
        expect(['', outcome.account.bare]).toContain(authzid!.toLowerCase().normalize('NFC') || '');
        expect(name).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });
});
