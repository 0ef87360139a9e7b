import { once } from 'node:events';
import type net from 'node:net';
import { describe, expect, it } from 'vitest';
import { HEADER } from '../../../test/support/transport-peer.js';
import { closed, everything, TransportStage } from '../../../test/support/transport-stage.js';
import { Listener } from './listener.js';

const stage = new TransportStage();

describe('a listener', () => {
  it('says which port is taken and which setting moves it', async () => {
    const { port, scanner, tls: context, guard, log, sinks } = await stage.open();
    const parts = { scanner, tls: context, guard, log, sharedBuffer: false };
    const at = { host: '127.0.0.1', port, kind: 'tcp', setting: 'INTEROFFICE_LISTEN__C2S' } as const;
    await expect(new Listener(at, parts, sinks.accept).listen()).rejects.toMatchObject({
      code: 'PORT_BUSY',
      message: `Cannot listen on 127.0.0.1:${port}: another program listens there. Stop it, or choose another port with INTEROFFICE_LISTEN__C2S.`,
    });
    const elsewhere = new Listener({ ...at, host: '192.0.2.1' }, parts, sinks.accept);
    await expect(elsewhere.listen()).rejects.toThrow('Choose another port');
  });

  it('takes no new connections once it is closed, and waits for the old ones', async () => {
    const { listener, sinks, port } = await stage.open();
    const next = sinks.next();
    const client = stage.dial(port);
    client.write(HEADER);
    const told = await next;
    await told.heard('opened im.example');
    let isDone = false;
    const empty = listener.close().then(() => (isDone = true));
    await closed(stage.dial(port));
    expect(isDone).toBe(false);
    client.write('<a/>');
    await told.heard('<a/>');
    told.connection.end();
    client.end();
    await empty;
  });

  it('takes so many connections from one address and no more', async () => {
    //
    const { sinks, port, metrics, log } = await stage.open({ limits: { perAddress: 2 } });
    const next = sinks.next();
    const first = stage.dial(port);
    const told = await next;
    const second = sinks.next();
    stage.dial(port);
    await second;
    await closed(stage.dial(port));
    expect(await metrics.value('interoffice_transport_refused_total')).toBe(1);
    expect(log.count('connection.refused')).toBe(1);
    first.destroy();
    await told.heard('gone');
    const again = sinks.next();
    stage.dial(port);
    await again;
  });

  it('takes fewer that have not logged in, handshakes counted', async () => {
    //
    const { sinks, port } = await stage.open({ kind: 'tls', limits: { perAddress: 10, strangersPerAddress: 1 } });
    const next = sinks.next();
    const first = stage.secure(port);
    const told = await next;
    await closed(stage.dial(port));
    told.connection.authenticated();
    const idle = stage.dial(port);
    await once(idle, 'connect');
    await closed(stage.dial(port));
    idle.destroy();
    expect(first.destroyed).toBe(false);
  });

  it.each([
    ['says goodbye', (client: net.Socket) => client.end()],
    ['says goodbye behind half a record', (client: net.Socket) => client.end(Buffer.from('1603010200', 'hex'))],
    ['vanishes', (client: net.Socket) => client.resetAndDestroy()],
  ])(
    'counts a client that %s in the middle of a handshake no more',
    async (_how, breakOff) => {
      //
      const { sinks, port, metrics } = await stage.open({ kind: 'tls', limits: { strangersPerAddress: 1 } });
      const first = stage.dial(port);
      await once(first, 'connect');
      await closed(stage.dial(port));
      expect(await metrics.value('interoffice_transport_refused_total')).toBe(1);
      breakOff(first);
      await closed(first);
      const next = sinks.next();
      stage.secure(port).write(HEADER);
      await (await next).heard('opened im.example');
      expect(await metrics.value('interoffice_transport_refused_total')).toBe(1);
      // Well before a handshake is too late.
    },
    4_000,
  );

  it('cuts off who has not logged in in time, and nobody else', async () => {
    //
    const { sinks, port, metrics } = await stage.open({ limits: { loginWithinMs: 50 } });
    const next = sinks.next();
    stage.dial(port);
    const stays = await next;
    stays.connection.authenticated();
    const slow = stage.dial(port);
    slow.write(HEADER.slice(0, 10));
    await everything(slow).catch(() => undefined);
    expect(await metrics.value('interoffice_transport_late_total')).toBe(1);
    expect(stays.connection.isOpen).toBe(true);
  });
});
