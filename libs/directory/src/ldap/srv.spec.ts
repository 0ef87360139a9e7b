import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { discover, srvName, urlsOf, type SrvRecord } from './srv.js';

const OPTIONS = { domain: 'corp.example', kind: 'active-directory', startTls: false };
const record = (name: string, more: Partial<SrvRecord> = {}): SrvRecord => ({
  name,
  port: 389,
  priority: 0,
  weight: 100,
  ...more,
});

/** A name as RFC 1035 §3.1 writes it. */
const labels = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)),
    Buffer.alloc(1),
  ]);

/** Answers every question with these records (RFC 1035, RFC 2782), over UDP on a free port. */
async function startDns(records: readonly SrvRecord[]) {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const end = question.indexOf(0, 12);
    asked.push(question.toString('latin1', 12, end));
    const header = Buffer.from([question[0]!, question[1]!, 0x81, 0x80, 0, 1, 0, records.length, 0, 0, 0, 0]);
    const answers = records.map(({ name, port, priority, weight }) => {
      const target = labels(name);
      const head = Buffer.alloc(18);
      head.writeUInt16BE(0xc00c, 0);
      head.writeUInt16BE(33, 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt32BE(60, 6);
      [6 + target.length, priority, weight, port].forEach((value, index) => head.writeUInt16BE(value, 10 + index * 2));
      return Buffer.concat([head, target]);
    });
    socket.send(Buffer.concat([header, question.subarray(12, end + 5), ...answers]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { asked, socket, server: `127.0.0.1:${socket.address().port}` };
}

describe('servers in DNS', () => {
  it('are asked for at the DNS server of the settings', async () => {
    const { asked, socket, server } = await startDns([
      record('dc2.corp.example', { priority: 5 }),
      record('dc1.corp.example'),
    ]);
    try {
      const found = await discover({ ...OPTIONS, dnsServers: [server] });
      expect(found).toEqual(['ldaps://dc1.corp.example:636', 'ldaps://dc2.corp.example:636']);
      expect(asked[0]).toContain('_msdcs');
    } finally {
      socket.close();
    }
  });

  it('have names of their own with Active Directory', () => {
    expect(srvName(OPTIONS)).toBe('_ldap._tcp.dc._msdcs.corp.example');
    expect(srvName({ ...OPTIONS, kind: 'freeipa' })).toBe('_ldap._tcp.corp.example');
  });

  it('are tried by priority, on the port of LDAPS unless StartTLS is wanted', () => {
    const records = [
      record('dc2.corp.example', { priority: 10 }),
      record('DC1.corp.example.'),
      record('gc.corp.example', { priority: 20, port: 3268 }),
    ];
    expect(urlsOf(records, OPTIONS)).toEqual([
      'ldaps://dc1.corp.example:636',
      'ldaps://dc2.corp.example:636',
      'ldaps://gc.corp.example:3269',
    ]);
    expect(urlsOf(records, { ...OPTIONS, startTls: true })[0]).toBe('ldap://dc1.corp.example:389');
  });

  it('share the load by weight', () => {
    const records = [
      record('a.corp.example', { weight: 0 }),
      record('b.corp.example', { weight: 90 }),
      record('c.corp.example', { weight: 10 }),
    ];
    const first = new Map<string, number>();
    for (let i = 0; i < 2000; i++) {
      const urls = urlsOf(records, OPTIONS);
      expect(new Set(urls).size).toBe(3);
      first.set(urls[0]!, (first.get(urls[0]!) ?? 0) + 1);
    }
    const share = (host: string): number => (first.get(`ldaps://${host}.corp.example:636`) ?? 0) / 2000;
    expect(share('b')).toBeGreaterThan(0.8);
    expect(share('c')).toBeGreaterThan(0.03);
    expect(share('a')).toBeLessThan(0.05);
  });

  it('are not taken from elsewhere, whatever DNS says', () => {
    const records = [record('dc1.corp.example.evil.example'), record('evilcorp.example'), record('corp.example')];
    expect(urlsOf(records, OPTIONS)).toEqual(['ldaps://corp.example:636']);
  });
});
