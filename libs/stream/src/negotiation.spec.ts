import { expect, it } from 'vitest';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../test/support/client.js';
import { onStage } from '../../../test/support/on-stage.js';
import type { Stage } from '../../../test/support/stage.js';
import type { C2sStream } from './c2s.js';

const offered = (features: Element | undefined): string[] =>
  features!.getChildElements().map((child) => child.getName());
const mechanisms = (features: Element | undefined): string[] =>
  features!
    .getChild('mechanisms', NS.sasl)!
    .getChildren('mechanism')
    .map((mechanism) => mechanism.getText());

const header = (attributes: string, content = 'jabber:client'): string =>
  `<stream:stream xmlns='${content}' xmlns:stream='${NS.stream}' ${attributes}>`;

onStage('a client stream', {}, (stage) => {
  /** On a stage everybody is a client. */
  const streamOf = (client: TestClient): C2sStream => stage().sessionOf(client).stream as C2sStream;

  it('offers log-in first, then binding; a device that is bound is told its address', async () => {
    const juliet = await stage().account('juliet');
    const client = await stage().connect();
    await client.restart();
    expect(client.header).toMatchObject({ from: 'im.example', version: '1.0', lang: 'en' });
    expect(Buffer.from(client.header!.id!, 'base64url').length).toBeGreaterThanOrEqual(16);
    expect(offered(client.features)).toEqual(['starttls', 'mechanisms', 'limits']);
    expect(mechanisms(client.features)).toEqual(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN']);
    await client.authenticate(juliet.user, juliet.password);
    const first = client.header!.id;
    await client.restart();
    expect(client.header!.id).not.toBe(first);
    expect(offered(client.features).toSorted()).toEqual(['bind', 'limits', 'session', 'sm', 'sub', 'ver']);
    const bind = xml('iq', { type: 'set' }, xml('bind', { xmlns: NS.bind }, xml('resource', {}, 'phone')));
    const bound = await client.ask(bind);
    expect(bound.getChild('bind')!.getChildText('jid')).toBe(`${juliet.bare}/phone`);
    expect(stage().connectionOf(client).logins).toBe(1);
  });

  //
  it('never compresses, before log-in or after', async () => {
    const juliet = await stage().account('juliet');
    const client = await stage().connect();
    await client.restart();
    const refused = async (): Promise<string> => {
      client.write(`<compress xmlns='${NS.compress}'><method>zlib</method></compress>`);
      return String(await client.next((element) => element.is('failure', NS.compress)));
    };
    expect(offered(client.features)).not.toContain('compression');
    expect(await refused()).toContain('<unsupported-method/>');
    await client.authenticate(juliet.user, juliet.password);
    await client.restart();
    expect(await refused()).toContain('<unsupported-method/>');
  });

  //
  it('says what its limits are, the smaller ones before log-in', async () => {
    const juliet = await stage().account('juliet');
    const client = await stage().connect();
    await client.restart();
    const limits = (): (string | null)[] =>
      ['max-bytes', 'idle-seconds'].map((name) =>
        client.features!.getChild('limits', NS.streamLimits)!.getChildText(name),
      );
    expect(limits()).toEqual(['8192', '45']);
    await client.authenticate(juliet.user, juliet.password);
    await client.restart();
    expect(limits()).toEqual(['262144', '45']);
  });

  it('chooses a resource for a client that names none, and refuses one that is none', async () => {
    const juliet = await stage().account('juliet');
    const client = await stage().connect();
    await client.restart();
    await client.authenticate(juliet.user, juliet.password);
    await client.restart();
    const bind = (resource: string): Element =>
      xml('iq', { type: 'set' }, xml('bind', { xmlns: NS.bind }, xml('resource', {}, resource)));
    expect(String(await client.ask(bind('r'.repeat(1024))))).toContain('bad-request');
    expect(String(await client.ask(xml('iq', { type: 'get' }, xml('bind', { xmlns: NS.bind }))))).toContain(
      'bad-request',
    );
    const bound = await client.ask(bind(''));
    expect(bound.getChild('bind')!.getChildText('jid')).toMatch(/\/[\w-]{22}$/);
  });

  it('grants the session of older clients, which does nothing', async () => {
    const client = await stage().bound(await stage().account('juliet'));
    const answer = await client.ask(
      xml('iq', { type: 'set', to: 'im.example' }, xml('session', { xmlns: NS.session })),
    );
    expect(answer.attrs['type']).toBe('result');
  });

  it('ends when the client ends it', async () => {
    const client = await stage().bound(await stage().account('juliet'));
    await client.leave();
    expect(client.raw).toMatch(/<\/stream:stream>$/);
    await stage().settled();
    expect(() => stage().sessionOf(client)).toThrow('is not bound');
  });

  it('tells the client that it went silent, after a ping was not answered', async () => {
    const client = await stage().bound(await stage().account('juliet'));
    const stream = streamOf(client);
    stream.ping();
    const ping = await client.next();
    expect(ping.getChild('ping', NS.ping)).toBeDefined();
    expect(ping.attrs).toMatchObject({ type: 'get', to: client.jid, from: 'im.example' });
    expect(Buffer.from(String(ping.attrs['id']), 'base64url')).toHaveLength(16);
    client.write(`<iq type='error' id='${ping.attrs['id']}' to='im.example'/>`);
    expect(stream.heard).toBe(true);
    stream.silent();
    expect(await client.closed()).toContain('<connection-timeout');
  });

  it('that does not read is ended alone', async () => {
    const [juliet, romeo] = [await stage().account('juliet'), await stage().account('romeo')];
    const [slow, quick] = [await stage().online(juliet, 'slow'), await stage().online(juliet, 'quick')];
    const desk = await stage().online(romeo, 'desk');
    stage().connectionOf(slow).overflow();
    expect(await slow.closed()).toContain('<resource-constraint');
    desk.write(`<message to='${juliet.bare}' type='chat'><body>Still there?</body></message>`);
    expect((await quick.next(({ name }) => name === 'message')).getChildText('body')).toBe('Still there?');
  });

  it('that fails by a fault of ours ends with internal-server-error, and the fault is counted', async () => {
    const client = await stage().bound(await stage().account('juliet'));
    streamOf(client).failed(new Error('a fault of ours'));
    expect(await client.closed()).toContain('<internal-server-error');
    expect(stage().log.events.some(({ name }) => name === 'c2s.stream.failed')).toBe(true);
  });

  it('gets system-shutdown when the server stops', async () => {
    const { open } = await import('../../../test/support/stage.js');
    const other: Stage = await open({ database: stage().database });
    const bound = await other.bound(await other.account('juliet'));
    const waiting = await other.connect();
    await waiting.restart();
    await Promise.all([other.server.stop(), bound.closed(), waiting.closed()]);
    for (const client of [bound, waiting]) expect(client.raw).toContain('<system-shutdown');
    await other.close();
  });
});

onStage('a stream header', {}, (stage) => {
  const answerTo = async (text: string): Promise<string> => {
    const client = await stage().connect();
    client.write(text);
    return client.closed();
  };

  it.each([
    ['for a domain that is not served', header("to='elsewhere.example' version='1.0'"), 'host-unknown'],
    ['for no domain', header("version='1.0'"), 'host-unknown'],
    ['for something that is no domain', header("to='a@b@c' version='1.0'"), 'host-unknown'],
    ['of another version', header("to='im.example' version='2.0'"), 'unsupported-version'],
    ['of no version', header("to='im.example'"), 'unsupported-version'],
    //
    ['of another content', header("to='im.example' version='1.0'", 'jabber:server'), 'invalid-namespace'],
    [
      'of another namespace',
      "<stream:stream xmlns='jabber:client' xmlns:stream='urn:x' to='im.example' version='1.0'>",
      'invalid-namespace',
    ],
    [
      'that is no stream',
      `<stream:flow xmlns='jabber:client' xmlns:stream='${NS.stream}' to='im.example'>`,
      'bad-format',
    ],
    ['that is no XML', 'GET / HTTP/1.1\r\n\r\n', 'not-well-formed'],
    //
    [
      'behind a document type',
      `<!DOCTYPE x [<!ENTITY a 'b'>]>${header("to='im.example' version='1.0'")}`,
      'restricted-xml',
    ],
  ])('%s is answered with a header and an error', async (_, text, condition) => {
    const answer = await answerTo(text);
    expect(answer).toMatch(/^<\?xml version="1.0"\?><stream:stream /);
    expect(answer).toContain(`<${condition}`);
    expect(answer).toMatch(/<\/stream:stream>$/);
  });

  //
  it('that comes twice ends the stream', async () => {
    const client = await stage().connect();
    await client.restart();
    client.write(header("to='im.example' version='1.0'"));
    expect(await client.closed()).toContain('<bad-format');
  });

  //
  it.each([
    ["to='second.example' version='1.0'", 'host-unknown'],
    ["to='im.example' from='tybalt@im.example' version='1.0'", 'invalid-from'],
    ["to='im.example' from='a@b@c' version='1.0'", 'invalid-from'],
  ])('that says %s after log-in cannot move the stream', async (attributes, condition) => {
    const juliet = await stage().account('juliet');
    const client = await stage().connect();
    await client.restart();
    await client.authenticate(juliet.user, juliet.password);
    client.write(header(attributes));
    expect(await client.closed()).toContain(`<${condition}`);
  });

  it('may leave out the domain, or name the account, once both are known', async () => {
    const juliet = await stage().account('juliet');
    const client = await stage().connect();
    await client.restart();
    await client.authenticate(juliet.user, juliet.password);
    await client.restart(header(`from='${juliet.bare}' version='1.0'`));
    expect(client.features!.getChild('bind', NS.bind)).toBeDefined();
  });
});

onStage('a stanza at the wrong time', {}, (stage) => {
  it('or with a prefix that means its namespace is a stanza like any other', async () => {
    const juliet = await stage().account('juliet');
    const client = await stage().online(juliet, 'phone');
    client.write(
      `<c:message xmlns:c='jabber:client' to='${juliet.bare}' type='chat'><c:body>Hist!</c:body></c:message>`,
    );
    expect((await client.next()).getChildText('body')).toBe('Hist!');
  });

  //
  it('before log-in ends the stream with not-authorized', async () => {
    const client = await stage().connect();
    await client.restart();
    client.write("<message to='juliet@im.example'><body>Now</body></message>");
    expect(await client.closed()).toContain('<not-authorized');
  });

  it('before a resource is bound ends the stream, or is refused when it is a question', async () => {
    const juliet = await stage().account('juliet');
    const client = await stage().connect();
    await client.restart();
    await client.authenticate(juliet.user, juliet.password);
    await client.restart();
    expect(String(await client.ask(xml('iq', { type: 'get' }, xml('ping', { xmlns: NS.ping }))))).toContain(
      'bad-request',
    );
    client.write("<message to='juliet@im.example'><body>Now</body></message>");
    expect(await client.closed()).toContain('<not-authorized');
  });

  it.each([
    ['<monkey/>', 'unsupported-stanza-type'],
    ["<monkey xmlns='urn:x'/>", 'unsupported-stanza-type'],
    ["<query xmlns='urn:x'/>", 'unsupported-stanza-type'],
    //
    ["<message xmlns='jabber:server'/>", 'invalid-namespace'],
    ["<x:message xmlns:x='urn:x'/>", 'invalid-namespace'],
    ['<wherefore/>', 'unsupported-stanza-type'],
    [`<starttls xmlns='${NS.tls}'/>`, 'unsupported-stanza-type'],
  ])('or the wrong element, %s, ends it with %s', async (text, condition) => {
    const client = await stage().bound(await stage().account('juliet'));
    client.write(text);
    expect(await client.closed()).toContain(`<${condition}`);
  });
});
