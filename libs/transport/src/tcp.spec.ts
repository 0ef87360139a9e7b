import { once } from 'node:events';
import type net from 'node:net';
import tls from 'node:tls';
import { StreamError } from '@interoffice/wire';
import { describe, expect, it } from 'vitest';
import { HEADER } from '../../../test/support/transport-peer.js';
import { catchesUp, closed, everything, overflow, TransportStage } from '../../../test/support/transport-stage.js';
import { Direct } from './direct.js';
import { adoptionWorks } from './read-buffer.js';

const stage = new TransportStage();

async function until(socket: net.Socket, text: string): Promise<string> {
  let all = '';
  for await (const [chunk] of onData(socket)) {
    all += chunk.toString();
    if (all.includes(text)) break;
  }
  return all;
}

async function* onData(socket: net.Socket): AsyncGenerator<[Buffer]> {
  for (;;) yield (await once(socket, 'data')) as [Buffer];
}

describe('what lies under sockets', () => {
  it('passes its self-tests on the Node this product ships with', async () => {
    expect(await adoptionWorks()).toBe(true);
    expect(await Direct.learn()).toBeInstanceOf(Direct);
  });
});

describe.each([
  ['the shared read buffer, written directly', { sharedBuffer: true, isDirect: true }],
  ['the shared read buffer', { sharedBuffer: true, isDirect: false }],
  ['a shared buffer set later, written directly', { sharedBuffer: false, isDirect: true }],
  ['data events', { sharedBuffer: false, isDirect: false }],
])('a TCP connection by %s', (_how, ways) => {
  it('presents header, stanzas and end, however they are cut', async () => {
    const { sinks, port } = await stage.open(ways);
    const next = sinks.next();
    const client = stage.dial(port);
    client.write(`${HEADER}<message><body>H`);
    const told = await next;
    await told.heard('opened im.example');
    client.write('i</body></message><presence/>');
    await told.heard('<presence/>');
    client.write('</stream:stream>');
    await told.heard('closed');
    expect(told.words).toEqual(['opened im.example', '<message><body>Hi</body></message>', '<presence/>', 'closed']);
    const { kind, remoteAddress, isOpen, secure } = told.connection;
    expect({ kind, remoteAddress, isOpen, secure }).toEqual({
      kind: 'tcp',
      remoteAddress: '127.0.0.1',
      isOpen: true,
      secure: undefined,
    });
    told.connection.end('</stream:stream>');
    expect(await everything(client)).toBe('</stream:stream>');
    client.end();
    await told.heard('gone');
    expect(told.words.filter((word) => word === 'gone')).toHaveLength(1);
    expect(told.connection.isOpen).toBe(false);
  });

  it('sends what was queued during a turn in one piece and in order', async () => {
    const { sinks, port } = await stage.open(ways);
    const next = sinks.next();
    const client = stage.dial(port);
    const { connection } = await next;
    const batch = Buffer.from('..<a/><b/>..');
    connection.send(batch, 2, 6);
    batch.fill(0);
    connection.sendText('<\u{E9}/>');
    connection.sendText(`<c>${'\u{E9}'.repeat(20_000)}</c>`);
    const big = Buffer.from(`<d>${'x'.repeat(40_000)}</d>`);
    connection.send(big, 0, big.length);
    connection.end();
    connection.sendText('<never/>');
    expect(await everything(client)).toBe(`<a/><\u{E9}/><c>${'\u{E9}'.repeat(20_000)}</c>${big.toString()}`);
  });

  it.each(['', '\n'])(
    'starts TLS with the byte after <proceed/>, whatever white space was behind the request: %j',
    async (space) => {
      const { sinks, port } = await stage.open(ways);
      sinks.react = (word, connection) => {
        if (word !== '<starttls/>') return;
        connection.sendText('<proceed/>');
        connection.startTls();
        connection.restart();
      };
      const next = sinks.next();
      const client = stage.dial(port);
      client.write(`${HEADER}<starttls/>${space}`);
      const told = await next;
      expect(await until(client, '<proceed/>')).toBe('<proceed/>');
      client.removeAllListeners('data');
      const secured = tls.connect({ socket: client, servername: 'localhost', ca: stage.pair.ca });
      await once(secured, 'secureConnect');
      secured.write(`<?xml version='1.0'?>${HEADER}<auth/>`);
      await told.heard('<auth/>');
      const facts = told.connection.secure;
      expect(facts).toMatchObject({ protocol: 'TLSv1.3', servername: 'localhost' });
      expect(facts?.exporter?.()).toEqual(
        secured.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)),
      );
      told.connection.sendText('<success/>');
      expect(await until(secured, '<success/>')).toBe('<success/>');
      secured.end();
      await told.heard('gone');
      expect(told.words.filter((word) => word === 'gone')).toHaveLength(1);
    },
  );

  it('is gone at once when the peer says goodbye instead of beginning TLS', async () => {
    const { sinks, port } = await stage.open(ways);
    sinks.react = (word, connection) => {
      if (word !== '<starttls/>') return;
      connection.sendText('<proceed/>');
      connection.startTls();
      connection.restart();
    };
    const next = sinks.next();
    const client = stage.dial(port);
    client.write(`${HEADER}<starttls/>`);
    const told = await next;
    await until(client, '<proceed/>');
    client.end();
    // Well before an end that is not answered is too late.
    await told.heard('gone');
  }, 4_000);

  it('refuses TLS when anything came behind the request for it', async () => {
    //
    const { sinks, port } = await stage.open(ways);
    let refusal: unknown;
    sinks.react = (word, connection) => {
      if (word !== '<starttls/>') return;
      try {
        connection.startTls();
      } catch (error) {
        refusal = error;
        connection.end('</stream:stream>');
      }
    };
    const next = sinks.next();
    const client = stage.dial(port);
    client.write(`${HEADER}<starttls/>${HEADER}<auth/>`);
    const told = await next;
    expect(await everything(client)).toBe('</stream:stream>');
    expect(refusal).toBeInstanceOf(StreamError);
    expect(told.words).toEqual(['opened im.example', '<starttls/>']);
  });

  it('is closed as not well-formed when HTTP or TLS comes to it', async () => {
    //
    const { sinks, port } = await stage.open(ways);
    for (const hello of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\u{16}\u{3}\u{1}\0']) {
      const next = sinks.next();
      const client = stage.dial(port);
      client.write(hello);
      const told = await next;
      await told.heard('failed not-well-formed');
      expect(await everything(client)).toBe('');
    }
  });

  it('ends a connection whose sink failed, and no other', async () => {
    const { sinks, port } = await stage.open(ways);
    sinks.react = (word) => {
      if (word === '<bug/>') throw new Error('a bug');
    };
    const [first, second] = [sinks.next(), undefined];
    const broken = stage.dial(port);
    broken.write(`${HEADER}<bug/><after/>`);
    const told = await first;
    expect(second).toBeUndefined();
    await everything(broken);
    expect(told.words).toEqual(['opened im.example', '<bug/>', 'failed a bug']);
    const next = sinks.next();
    stage.dial(port).write(`${HEADER}<fine/>`);
    await (await next).heard('<fine/>');
  });

  it('waits while it is suspended and goes on when resumed', async () => {
    const { sinks, port } = await stage.open(ways);
    let times = 0;
    sinks.react = (word, connection) => {
      if (word === '<a/>' && times++ === 0) connection.suspend({ again: true });
    };
    const next = sinks.next();
    const client = stage.dial(port);
    client.write(`${HEADER}<a/><b/>`);
    const told = await next;
    await told.heard('<a/>');
    expect(told.words).toEqual(['opened im.example', '<a/>']);
    client.write('<c/>');
    told.connection.resume();
    told.connection.resume();
    await told.heard('<c/>');
    expect(told.words).toEqual(['opened im.example', '<a/>', '<a/>', '<b/>', '<c/>']);
  });

  // F-10
  it('reads no faster than it goes on, where element after element has to wait', async () => {
    const { sinks, port } = await stage.open(ways);
    const body = 'x'.repeat(4_000);
    let shown = 0;
    sinks.react = (word, connection) => {
      if (!word.startsWith('<m>')) return;
      shown++;
      connection.suspend();
      setImmediate(() => connection.resume());
    };
    const next = sinks.next();
    const client = stage.dial(port);
    client.write(HEADER);
    const told = await next;
    // Five times what one element and its slack may have.
    for (let i = 0; i < 800; i++) client.write(`<m>${body}</m>`);
    client.write('<last/>');
    await told.heard('<last/>');
    expect([shown, told.words.filter((word) => word.startsWith('failed'))]).toEqual([800, []]);
  });

  it('tells a fault that shows only after resuming', async () => {
    const { sinks, port } = await stage.open(ways);
    sinks.react = (word, connection) => {
      if (word === '<a/>') connection.suspend();
    };
    const next = sinks.next();
    const client = stage.dial(port);
    client.write(`${HEADER}<a/></wrong>`);
    const told = await next;
    await told.heard('<a/>');
    told.connection.resume();
    await told.heard('failed not-well-formed');
    await closed(client);
    await told.heard('gone');
  });

  it('reads no more from a peer that does not read, and cuts it off at the bound', async () => {
    // Back-pressure: 8 MB are the bound, whatever is sent
    const { sinks, port } = await stage.open(ways);
    const next = sinks.next();
    const client = stage.dial(port);
    client.pause();
    client.write(HEADER);
    const told = await next;
    await told.heard('opened im.example');
    const { most, stanza } = await overflow(told);
    expect(most).toBeLessThan(8_388_608 + 21 * stanza.length);
    expect(told.words.filter((word) => word === 'overflowed')).toHaveLength(1);
  });

  it('lets a peer that is behind catch up, and reads it again then', async () => {
    const { sinks, port } = await stage.open(ways);
    await catchesUp(sinks, stage.dial(port));
  });

  it('still says its last to a peer that has closed its own side', async () => {
    const { sinks, port } = await stage.open(ways);
    sinks.react = (word, connection) => {
      if (word === 'abandoned') connection.end('</stream:stream>');
    };
    const client = stage.dial(port);
    client.end(HEADER);
    expect(await everything(client)).toBe('</stream:stream>');
  });

  it('is gone when the peer resets it', async () => {
    const { sinks, port } = await stage.open(ways);
    const next = sinks.next();
    const client = stage.dial(port);
    client.write(HEADER);
    const told = await next;
    await told.heard('opened im.example');
    client.resetAndDestroy();
    await told.heard('gone');
    told.connection.sendText('<late/>');
    told.connection.end();
    expect(told.words).toEqual(['opened im.example', 'gone']);
  });
});
