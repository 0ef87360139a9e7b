import { expect, it } from 'vitest';
import { type Element, NS } from '@interoffice/wire';
import type { TestClient } from '../../../test/support/client.js';
import { onStage } from '../../../test/support/on-stage.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const auth = (mechanism: string, text: string): string =>
  `<auth xmlns='${NS.sasl}' mechanism='${mechanism}'>${text}</auth>`;
const plain = (authzid: string, user: string, password: string): string =>
  auth('PLAIN', base64(`${authzid}\0${user}\0${password}`));

/** The condition of the next failure. */
async function failure(client: TestClient): Promise<string> {
  const answer = await client.next((element) => element.getNS() === NS.sasl);
  return answer.getName() === 'failure' ? (answer.children[0] as Element).getName() : answer.getName();
}

onStage('a log-in', {}, (stage) => {
  const start = async (tls: 'none' | 'direct' = 'none'): Promise<TestClient> => {
    const client = await stage().connect({ tls });
    await client.restart();
    return client;
  };

  it.each(['PLAIN', 'SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('by %s works', async (mechanism) => {
    const juliet = await stage().account('juliet');
    const client = await stage().connect();
    await client.login(juliet.user, juliet.password, { mechanism, resource: 'phone' });
    expect(client.jid).toBe(`${juliet.bare}/phone`);
  });

  // A-03
  it('by SCRAM-SHA-256-PLUS is bound to its TLS connection', async () => {
    const juliet = await stage().account('juliet');
    const client = await stage().connect({ tls: 'direct' });
    await client.login(juliet.user, juliet.password, { mechanism: 'SCRAM-SHA-256-PLUS' });
    expect(client.jid).toContain(juliet.bare);
  });

  // A-03
  it('offers the ways of binding inside TLS, and none without', async () => {
    const secure = await start('direct');
    const types = secure.features!.getChild('sasl-channel-binding', NS.saslChannelBinding)!.getChildElements();
    expect(types.map(({ attrs }) => attrs['type'])).toEqual(['tls-exporter', 'tls-server-end-point']);
    const open = await start();
    expect(open.features!.getChild('sasl-channel-binding', NS.saslChannelBinding)).toBeUndefined();
    open.write(auth('SCRAM-SHA-256-PLUS', base64('p=tls-exporter,,n=juliet,r=abc')));
    expect(await failure(open)).toBe('invalid-mechanism');
  });

  // A-03
  it('by a client that believes binding was not offered, though it was, is refused', async () => {
    const juliet = await stage().account('juliet');
    const client = await start('direct');
    client.write(auth('SCRAM-SHA-256', base64(`y,,n=${juliet.user},r=abc`)));
    expect(await failure(client)).toBe('not-authorized');
  });

  // A-01
  it.each([
    ['another account', 'tybalt@im.example', 'invalid-authzid'],
    ['a device', '{user}@im.example/phone', 'invalid-authzid'],
    ['nothing that is an address', 'a@b@c', 'invalid-authzid'],
    ['itself', '{user}@im.example', 'success'],
  ])('that wants to act for %s', async (_, authzid, outcome) => {
    const juliet = await stage().account('juliet');
    const client = await start();
    client.write(plain(authzid.replace('{user}', juliet.user), juliet.user, juliet.password));
    expect(await failure(client)).toBe(outcome);
  });

  // A-01
  it.each(['\0juliet', '\0juliet\0pass\0', 'juliet', '\0\0pass', '\0\0\0'])(
    'by PLAIN with the message %j is malformed',
    async (message) => {
      const client = await start();
      client.write(auth('PLAIN', base64(message)));
      expect(await failure(client)).toBe('malformed-request');
    },
  );

  // A-08
  it.each(['', ' ', '\u00AD', '\u0007'])('with the password %j is refused', async (password) => {
    const juliet = await stage().account('juliet');
    const client = await start();
    client.write(plain('', juliet.user, password));
    expect(await failure(client)).toBe('not-authorized');
  });

  // A-02
  it('by a mechanism that was not offered is refused', async () => {
    const client = await start();
    for (const mechanism of ['EXTERNAL', 'DIGEST-MD5']) {
      client.write(auth(mechanism, '='));
      expect(await failure(client)).toBe('invalid-mechanism');
    }
  });

  // A-02
  it('after a log-in ends the stream', async () => {
    const juliet = await stage().account('juliet');
    const client = await start();
    await client.authenticate(juliet.user, juliet.password);
    await client.restart();
    client.write(plain('', juliet.user, juliet.password));
    expect(await client.closed()).toContain('<policy-violation');
  });

  it('may be tried three times; then the stream ends', async () => {
    const juliet = await stage().account('juliet');
    const client = await start();
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(client.isClosed).toBe(false);
      client.write(plain('', attempt === 2 ? 'nobody-at-all' : juliet.user, 'wrong'));
      expect(await failure(client)).toBe('not-authorized');
    }
    expect(await client.closed()).toContain('<policy-violation');
    expect(stage().log.count('c2s.login.refused')).toBeGreaterThanOrEqual(3);
  });

  it('can be begun without its first message, given up and begun again', async () => {
    const juliet = await stage().account('juliet');
    const client = await start();
    client.write(`<auth xmlns='${NS.sasl}' mechanism='PLAIN'/>`);
    expect(await failure(client)).toBe('challenge');
    client.write(`<abort xmlns='${NS.sasl}'/>`);
    expect(await failure(client)).toBe('aborted');
    client.write(`<auth xmlns='${NS.sasl}' mechanism='PLAIN'/>`);
    expect(await failure(client)).toBe('challenge');
    client.write(`<response xmlns='${NS.sasl}'>${base64(`\0${juliet.user}\0${juliet.password}`)}</response>`);
    expect(await failure(client)).toBe('success');
  });

  it('answers what is no base64, and an answer to no question', async () => {
    const client = await start();
    client.write(auth('PLAIN', 'not base64!'));
    expect(await failure(client)).toBe('incorrect-encoding');
    client.write(`<response xmlns='${NS.sasl}'>=</response>`);
    expect(await failure(client)).toBe('malformed-request');
  });

  it('of a suspended account says so, after the right password only', async () => {
    const juliet = await stage().account('juliet');
    await stage().records.setState(juliet.bare, 'suspended');
    const client = await start();
    client.write(plain('', juliet.user, 'wrong'));
    expect(await failure(client)).toBe('not-authorized');
    client.write(plain('', juliet.user, juliet.password));
    expect(await failure(client)).toBe('account-disabled');
    await expect(client.authenticate(juliet.user, juliet.password, 'SCRAM-SHA-256')).rejects.toThrow(
      'account-disabled',
    );
  });

  it('by a one-time token works once', async () => {
    const juliet = await stage().account('juliet');
    const { token } = await stage().tokens.issue(juliet.bare);
    const client = await start();
    client.write(plain('', juliet.user, token));
    expect(await failure(client)).toBe('success');
    const other = await start();
    other.write(plain('', juliet.user, token));
    expect(await failure(other)).toBe('not-authorized');
  });

  it('of a name nobody has looks like one of a name with another password', async () => {
    const juliet = await stage().account('juliet');
    const salts = [];
    for (const user of [juliet.user, 'nobody-at-all', 'nobody-at-all']) {
      const client = await start();
      client.write(auth('SCRAM-SHA-256', base64(`n,,n=${user},r=abc`)));
      const challenge = await client.next((element) => element.getName() === 'challenge');
      salts.push(/s=([^,]+)/.exec(Buffer.from(challenge.getText(), 'base64').toString())![1]);
    }
    expect(salts[1]).toBe(salts[2]);
    expect(Buffer.from(salts[1]!, 'base64').length).toBe(Buffer.from(salts[0]!, 'base64').length);
  });
});

// A-07
onStage('somebody who goes through names', {}, (stage) => {
  const wrong = async (name: string, mechanism: 'PLAIN' | 'SCRAM-SHA-256', from: string): Promise<void> => {
    const client = await stage().connect({ from });
    await client.restart();
    await client.authenticate(name, 'a guess', mechanism).catch(() => undefined);
  };
  const opened = async (from: string): Promise<TestClient> => {
    const client = await stage().connect({ from });
    await client.restart();
    return client;
  };

  it.each(['PLAIN', 'SCRAM-SHA-256'] as const)(
    'by %s is not listened to any more, whoever he says he is; others are, and in the end he as well',
    async (mechanism) => {
      const [here, elsewhere] = [`192.0.2.${mechanism.length}`, `198.51.100.${mechanism.length}`];
      const juliet = await stage().account('juliet');
      const before = await opened(here);
      await Promise.all(Array.from({ length: 100 }, (_, i) => wrong(`guess-${i}`, mechanism, here)));
      for (const client of [before, await opened(here)]) {
        client.write(plain('', juliet.user, juliet.password));
        expect(await failure(client)).toBe('not-authorized');
        expect(await client.closed()).toContain('<policy-violation');
      }
      expect(stage().log.count('c2s.address.throttled')).toBeGreaterThanOrEqual(2);
      await (await opened(elsewhere)).authenticate(juliet.user, juliet.password, mechanism);
      stage().advance(900_000);
      await (await opened(here)).authenticate(juliet.user, juliet.password, mechanism);
    },
  );

  it('is not somebody who mistypes a password, nor who finds the database away', async () => {
    const juliet = await stage().account('juliet');
    const from = '203.0.113.1';
    const often = (name: (i: number) => string) =>
      Promise.all(Array.from({ length: 120 }, (_, i) => wrong(name(i), 'PLAIN', from)));
    await often(() => juliet.user);
    const prepared = stage().database.prepared;
    stage().database.prepared = () => Promise.reject(new Error('the database is away'));
    await often((i) => `colleague-${i}`);
    stage().database.prepared = prepared;
    await (await opened(from)).authenticate(juliet.user, juliet.password);
  });
});

onStage('where TLS is required, a log-in', { tlsRequired: true }, (stage) => {
  // X-13
  it('is not offered before TLS, and refused with encryption-required', async () => {
    const juliet = await stage().account('juliet');
    const client = await stage().connect({ tls: 'starttls' });
    await client.restart();
    expect(client.features!.getChild('mechanisms', NS.sasl)).toBeUndefined();
    expect(client.features!.getChild('starttls', NS.tls)!.getChild('required')).toBeDefined();
    client.write(plain('', juliet.user, juliet.password));
    expect(await failure(client)).toBe('encryption-required');
    await client.startTls();
    expect(client.features!.getChild('starttls', NS.tls)).toBeUndefined();
    await client.authenticate(juliet.user, juliet.password);
  });

  // X-12
  it('that is sent behind the request for TLS ends the stream before it is read', async () => {
    const juliet = await stage().account('juliet');
    const client = await stage().connect({ tls: 'starttls' });
    await client.restart();
    client.write(`<starttls xmlns='${NS.tls}'/>${plain('', juliet.user, juliet.password)}`);
    const raw = await client.closed();
    expect(raw).toContain('<policy-violation');
    expect(raw).not.toContain('<success');
    expect(raw).not.toContain('<failure');
  });
});
