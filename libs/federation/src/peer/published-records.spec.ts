import type { SrvRecord } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { checkRecords, type PublishedAt } from './published-records.js';
import type { Lookups } from './resolve.js';

const AT: PublishedAt = { domain: 'bücher.example', host: 'gate.example', starttls: 5269, direct: 5270 };
const DOMAIN = 'xn--bcher-kva.example';

type Zone = Readonly<Record<string, readonly (SrvRecord | string)[] | 'silence'>>;

/** DNS that says what stands in the zone, and nothing of all else. */
function dnsOf(zone: Zone): Lookups {
  const answer = (name: string): Promise<never> => {
    const records = zone[name];
    if (records === 'silence') return Promise.reject(Object.assign(new Error('timeout'), { code: 'ETIMEOUT' }));
    if (records === undefined) return Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
    return Promise.resolve(records as never);
  };
  const none = (name: string): Promise<never> =>
    zone[name] === 'silence' ? answer(name) : Promise.resolve([] as never);
  return { resolveSrv: answer, resolve4: answer, resolve6: none };
}
const srv = (port: number, name: string): SrvRecord => ({ priority: 5, weight: 10, port, name });
const GOOD: Zone = {
  [`_xmpps-server._tcp.${DOMAIN}`]: [srv(5270, 'gate.example')],
  [`_xmpp-server._tcp.${DOMAIN}`]: [srv(5269, 'Gate.Example.')],
  'gate.example': ['192.0.2.1'],
};
const states = async (zone: Zone, at = AT): Promise<string[]> =>
  (await checkRecords(at, dnsOf(zone))).map(({ state }) => state);

describe('the records that others find us by', () => {
  it('are said as they stand in a zone file, and found when they are there', async () => {
    expect(await checkRecords(AT, dnsOf(GOOD))).toEqual([
      {
        name: `_xmpps-server._tcp.${DOMAIN}`,
        type: 'SRV',
        value: '5 10 5270 gate.example.',
        state: 'there',
        found: ['5 10 5270 gate.example.'],
        text: '',
      },
      {
        name: `_xmpp-server._tcp.${DOMAIN}`,
        type: 'SRV',
        value: '5 10 5269 gate.example.',
        state: 'there',
        found: ['5 10 5269 gate.example.'],
        text: '',
      },
      {
        name: 'gate.example',
        type: 'A or AAAA',
        value: 'the public addresses of this gateway',
        state: 'there',
        found: ['192.0.2.1'],
        text: '',
      },
    ]);
  });

  it('are missed one by one', async () => {
    expect(await states({})).toEqual(['missing', 'missing', 'missing']);
    const [, starttls] = await checkRecords(AT, dnsOf({}));
    expect(starttls!.text).toContain('others will try bücher.example itself at port 5269');
    const [, elsewhere] = await checkRecords({ ...AT, starttls: 5299 }, dnsOf({}));
    expect(elsewhere!.text).toContain('others will not find us');
  });

  const name = `_xmpps-server._tcp.${DOMAIN}`;
  it.each([
    ['another host', [srv(5270, 'old.example')], 'other'],
    ['another port', [srv(443, 'gate.example')], 'other'],
    ['nobody', [srv(0, '.')], 'other'],
    ['us and an older server', [srv(5270, 'gate.example'), srv(5270, 'old.example')], 'beside'],
    ['no answer', 'silence' as const, 'unknown'],
  ])('lead to %s', async (_, records, state) => {
    const [record] = await checkRecords(AT, dnsOf({ ...GOOD, [name]: records }));
    expect(record!.state).toBe(state);
    expect(record!.text).not.toBe('');
  });

  it('say of what is not served that nobody has to try', async () => {
    const at = { ...AT, direct: undefined };
    const [record] = await checkRecords(at, dnsOf({ ...GOOD, [name]: [srv(0, '.')] }));
    expect([record!.value, record!.state]).toEqual(['0 0 0 .', 'there']);
    expect(await states({ ...GOOD, [name]: [srv(5270, 'gate.example')] }, at)).toEqual(['other', 'there', 'there']);
  });

  it('are not taken for missing when an address gets no answer', async () => {
    expect(await states({ ...GOOD, 'gate.example': 'silence' })).toEqual(['there', 'there', 'unknown']);
  });
});
