import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type tls from 'node:tls';
import { Failure } from '@interoffice/telemetry';
import { describe, expect, it } from 'vitest';
import { HEADER, pairForLocalhost } from '../../../test/support/transport-peer.js';
import { catchesUp, closed, everything, fallBehind, TransportStage } from '../../../test/support/transport-stage.js';
import { TlsContext } from './tls-context.js';

const stage = new TransportStage();

describe.each([
  ['read and written directly', true],
  ['by streams', false],
])('direct TLS %s', (_how, isDirect) => {
  it('carries a stream, with or without ALPN', async () => {
    const { sinks, port } = await stage.open({ kind: 'tls', isDirect });
    for (const options of [{}, { ALPNProtocols: ['xmpp-client'] }, { ALPNProtocols: ['h2', 'xmpp-client'] }]) {
      const next = sinks.next();
      const client = stage.secure(port, options);
      client.write(`${HEADER}<presence/>`);
      const told = await next;
      await told.heard('<presence/>');
      expect(told.connection.kind).toBe('tls');
      expect(told.connection.secure?.cipher).toMatch(/^TLS_/);
      expect(client.alpnProtocol).toBe('ALPNProtocols' in options ? 'xmpp-client' : false);
    }
  });

  it('sends in order, however much, and ends behind it', async () => {
    const { sinks, port } = await stage.open({ kind: 'tls', isDirect });
    const next = sinks.next();
    const client = stage.secure(port);
    const { connection } = await next;
    const stanzas = Array.from({ length: 300 }, (_, n) => `<m n='${n}'>${'x'.repeat((n * 977) % 40_000)}</m>`);
    for (const [n, stanza] of stanzas.entries()) {
      connection.sendText(stanza);
      // Some of them in one turn, some behind a write that is on its way.
      if (n % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    connection.end('</stream:stream>');
    expect(await everything(client)).toBe(`${stanzas.join('')}</stream:stream>`);
    client.end();
  });

  it('lets a peer that is behind catch up, and reads it again then', async () => {
    const { sinks, port } = await stage.open({ kind: 'tls', isDirect });
    await catchesUp(sinks, stage.secure(port));
  });

  it('is gone when the peer resets it in the middle of a write', async () => {
    const { sinks, port } = await stage.open({ kind: 'tls', isDirect });
    const next = sinks.next();
    const client = stage.secure(port);
    client.pause();
    const told = await next;
    await fallBehind(told);
    // With bytes that it has not read: the system resets the connection.
    client.destroy();
    await told.heard('gone');
    told.connection.sendText('<late/>');
    told.connection.end();
  });

  it('refuses a client that speaks another protocol by ALPN', async () => {
    //
    const { sinks, port } = await stage.open({ kind: 'tls', isDirect });
    await closed(stage.secure(port, { ALPNProtocols: ['h2', 'http/1.1'] }));
    expect(sinks.all).toEqual([]);
  });

  it('refuses TLS below 1.2, weak suites and unknown names', async () => {
    // X-14, H-05
    const { sinks, port } = await stage.open({ kind: 'tls', isDirect, isServedName: (name) => name === 'localhost' });
    const unwanted: tls.ConnectionOptions[] = [
      { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' },
      { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:ECDHE-ECDSA-AES128-SHA' },
      { servername: 'elsewhere.example', checkServerIdentity: () => undefined },
    ];
    for (const options of unwanted) await closed(stage.secure(port, options));
    expect(sinks.all).toEqual([]);
    const next = sinks.next();
    stage.secure(port).write(HEADER);
    await (await next).heard('opened im.example');
  });

  it('refuses renegotiation and has no exporter binding inside TLS 1.2', async () => {
    //
    const { sinks, port } = await stage.open({ kind: 'tls', isDirect });
    const next = sinks.next();
    const client = stage.secure(port, { maxVersion: 'TLSv1.2' });
    await once(client, 'secureConnect');
    const told = await next;
    expect(told.connection.secure?.protocol).toBe('TLSv1.2');
    expect(told.connection.secure?.exporter).toBeUndefined();
    let isRenegotiated = false;
    client.renegotiate({}, (error) => (isRenegotiated = error === null));
    client.write(HEADER);
    await Promise.race([told.heard('opened im.example'), closed(client)]);
    expect(isRenegotiated).toBe(false);
  });

  it('binds a log-in to our certificate', async () => {
    const { sinks, port } = await stage.open({ kind: 'tls', isDirect });
    const next = sinks.next();
    const client = stage.secure(port);
    await once(client, 'secureConnect');
    const told = await next;
    const { raw } = client.getPeerCertificate();
    expect(told.connection.secure?.serverEndPoint()).toEqual(createHash('sha256').update(raw).digest());
  });

  it('uses a replaced certificate for the next handshake and keeps the old one when the new does not work', async () => {
    const { sinks, tls: context, port } = await stage.open({ kind: 'tls', isDirect });
    const fresh = await pairForLocalhost();
    const next = sinks.next();
    const client = stage.secure(port);
    await once(client, 'secureConnect');
    const told = await next;
    expect(() => context.replace({ key: fresh.key, certificate: stage.pair.certificate })).toThrow(Failure);
    expect(() => context.replace({ key: 'x', certificate: 'y' })).toThrow('cannot be used');
    expect(context.pair.certificate).toBe(stage.pair.certificate);
    context.replace(fresh);
    const renewed = stage.secure(port, { ca: fresh.ca });
    await once(renewed, 'secureConnect');
    expect(renewed.getPeerX509Certificate()?.raw).toEqual(new X509Certificate(fresh.certificate).raw);
    client.write(HEADER);
    await told.heard('opened im.example');
    expect(() => new TlsContext({ key: '', certificate: '' })).toThrow(Failure);
  });

  it('survives a peer that breaks the handshake off', async () => {
    const { listener, sinks, port } = await stage.open({ kind: 'tls', isDirect });
    const client = stage.dial(port);
    client.end('GET / HTTP/1.1\r\n\r\n');
    await everything(client);
    expect(sinks.all).toEqual([]);
    expect(listener.connections.size).toBe(0);
  });
});
