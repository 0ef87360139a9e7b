import { expect, it } from 'vitest';
import { NS, xml } from '@interoffice/wire';
import { onStage } from '../../../test/support/on-stage.js';

onStage('an account that is not in memory', {}, (stage) => {
  it('is waited for by the stream that wrote to it, and by no other', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const other = await stage().online(romeo, 'other');
    await stage().settled();
    const { promise, resolve } = Promise.withResolvers<void>();
    stage().beforeSql = (name) => (name.startsWith('accounts.kept') ? promise : undefined);
    desk.write(
      `<message to='${juliet.bare}/gone' id='1'><body>1</body></message><iq id='2' type='get' to='im.example'><ping xmlns='${NS.ping}'/></iq>`,
    );
    expect(
      (await other.ask(xml('iq', { to: 'im.example', type: 'get' }, xml('ping', { xmlns: NS.ping })))).attrs['type'],
    ).toBe('result');
    expect(desk.received.filter(({ name }) => name !== 'presence')).toEqual([]);
    stage().beforeSql = () => undefined;
    resolve();
    const answers = [
      await desk.next(({ name }) => name !== 'presence'),
      await desk.next(({ name }) => name !== 'presence'),
    ];
    expect(answers.map(({ attrs }) => String(attrs['id'])).toSorted()).toEqual(['1', '2']);
  });

  it('costs an error of type wait when it cannot be read, and the stream goes on', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    stage().beforeSql = () => Promise.reject(new Error('the database is away'));
    desk.write(`<message to='${juliet.bare}' type='chat' id='1'><body>1</body></message>`);
    const answer = await desk.next();
    expect(String(answer.getChild('error'))).toMatch(/type="wait".*resource-constraint/);
    stage().beforeSql = () => undefined;
    desk.write(`<message to='${juliet.bare}' type='chat' id='2'><body>2</body></message>`);
    await stage().settled();
    expect(desk.received).toEqual([]);
    expect(
      stage()
        .archive.rows.filter(({ author }) => author === romeo.bare)
        .map(({ stanzaId }) => stanzaId),
    ).toEqual(['2']);
    expect(stage().log.count('accounts.load.failed')).toBeGreaterThan(0);
  });

  it('is not waited for longer than a second while the database hangs: the author is told, at once the next time', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const nurse = await stage().account('nurse');
    const desk = await stage().online(romeo, 'desk');
    await stage().settled();
    const { promise, resolve } = Promise.withResolvers<void>();
    stage().beforeSql = (name) => (name.startsWith('accounts.kept') ? promise : undefined);
    const began = performance.now();
    for (const to of [juliet.bare, nurse.bare, juliet.bare])
      desk.write(`<message to='${to}' type='chat' id='${to}'><body>1</body></message>`);
    expect(
      (await desk.ask(xml('iq', { to: 'im.example', type: 'get' }, xml('ping', { xmlns: NS.ping })))).attrs,
    ).toMatchObject({ type: 'result' });
    expect(performance.now() - began).toBeLessThan(2000);
    expect(desk.received.map((answer) => String(answer.getChild('error')))).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/type="wait".*resource-constraint/) as string),
    );
    stage().beforeSql = () => undefined;
    resolve();
    await stage().settled();
    desk.received = [];
    desk.write(`<message to='${nurse.bare}' type='chat' id='later'><body>1</body></message>`);
    await stage().settled();
    expect(desk.received).toEqual([]);
  });

  it('keeps nobody waiting who has left meanwhile', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    await stage().settled();
    const { promise, resolve } = Promise.withResolvers<void>();
    stage().beforeSql = (name) => (name.startsWith('accounts.kept') ? promise : undefined);
    desk.write(`<message to='${juliet.bare}' type='chat' id='1'><body>1</body></message>`);
    desk.close();
    stage().beforeSql = () => undefined;
    resolve();
    await stage().settled();
    expect(stage().archive.rows.filter(({ author }) => author === romeo.bare)).toEqual([]);
  });
});

onStage('a resource', {}, (stage) => {
  it('belongs to who bound it last: the former device is closed with conflict', async () => {
    const romeo = await stage().account('romeo');
    const first = await stage().online(romeo, 'desk');
    const second = await stage().online(romeo, 'desk');
    expect(await first.closed()).toContain('<conflict');
    expect(second.jid).toBe(first.jid);
    const third = await stage().online(romeo);
    expect(third.jid).toMatch(/\/[\w-]{22}$/);
    third.write(`<message to='${second.jid}'><body>Which of you?</body></message>`);
    expect((await second.next(({ name }) => name === 'message')).getChildText('body')).toBe('Which of you?');
  });

  it('cannot be bound when the account is suspended between its log-in and that', async () => {
    const romeo = await stage().account('romeo');
    const client = await stage().connect();
    await client.restart();
    await client.authenticate(romeo.user, romeo.password);
    await client.restart();
    await stage().records.setState(romeo.bare, 'suspended');
    client.write(`<iq type='set' id='b'><bind xmlns='${NS.bind}'/></iq>`);
    expect(await client.closed()).toContain('<not-authorized');
  });

  it('is ended by an administrator by its full address', async () => {
    const romeo = await stage().account('romeo');
    const desk = await stage().online(romeo, 'desk');
    const { jid } = stage().sessionOf(desk);
    expect(stage().server.disconnect(jid)).toBe(true);
    expect(await desk.closed()).toContain('<policy-violation');
    expect(stage().server.disconnect(jid)).toBe(false);
  });
});
