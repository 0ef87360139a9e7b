import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overDns, overHttp } from './challenges.js';

let home: string;
beforeAll(async () => void (home = await mkdtemp(path.join(tmpdir(), 'challenges-'))));
afterAll(() => rm(home, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a challenge over HTTP', () => {
  it('is answered at a port that is open only meanwhile, and nothing else is', async () => {
    const port = await freePort();
    const ask = async (where: string, method = 'GET') => {
      const answer = await fetch(`http://127.0.0.1:${port}${where}`, { method });
      return [answer.status, await answer.text()];
    };
    const { http } = overHttp({ host: '127.0.0.1', port });
    const withdraw = await http!({ name: 'a.example', token: 'one', content: 'one.key' });
    const other = await http!({ name: 'b.example', token: 'two', content: 'two.key' });
    expect(await ask('/.well-known/acme-challenge/one')).toEqual([200, 'one.key']);
    expect(await ask('/.well-known/acme-challenge/two')).toEqual([200, 'two.key']);
    expect(await ask('/.well-known/acme-challenge/three')).toEqual([404, '']);
    expect(await ask('/')).toEqual([404, '']);
    expect(await ask('/.well-known/acme-challenge/one', 'POST')).toEqual([404, '']);
    await withdraw();
    expect(await ask('/.well-known/acme-challenge/one')).toEqual([404, '']);
    await other();
    await expect(ask('/')).rejects.toThrow('fetch failed');
    // And for the next order it is open again.
    const again = await http!({ name: 'a.example', token: 'four', content: 'four.key' });
    expect(await ask('/.well-known/acme-challenge/four')).toEqual([200, 'four.key']);
    await again();
  });

  it('says so when somebody else has the port', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { http } = overHttp({ host: '127.0.0.1', port });
    const publish = () => http!({ name: 'a.example', token: 'one', content: 'x' });
    await expect(publish()).rejects.toMatchObject({ code: 'PORT_BUSY' });
    await new Promise((resolve) => taken.close(resolve));
    await (
      await publish()
    )();
  });
});

describe('a challenge by DNS', () => {
  it('is published and withdrawn by a program, whose words no shell reads', async () => {
    const script = path.join(home, 'txt.mjs');
    const told = path.join(home, 'told');
    await writeFile(
      script,
      `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(told)}, JSON.stringify(process.argv.slice(2)) + '\\n');`,
    );
    const { dns } = overDns([process.execPath, script, '$HOME; x']);
    await (
      await dns!({ name: 'a.example', record: '_acme-challenge.a.example', value: 'v' })
    )();
    expect(
      (await readFile(told, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      ['$HOME; x', 'publish', '_acme-challenge.a.example', 'v'],
      ['$HOME; x', 'withdraw', '_acme-challenge.a.example', 'v'],
    ]);
  });
});
