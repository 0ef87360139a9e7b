import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database, Prepared } from '@interoffice/storage';
import { Standings } from './standings.js';

const ROMEO = { id: 1, jid: 'romeo@im.example', office: null, state: 'active', role: 'employee' };
const verifier = {
  salt: Buffer.from('salt'),
  iterations: 4096,
  stored_key: Buffer.from('a'),
  server_key: Buffer.from('b'),
};

/** Answers every question with these rows, and remembers what was asked. */
function answering(rows: readonly unknown[]) {
  const asked: [name: string, values: readonly unknown[]][] = [];
  let before = Promise.resolve();
  const prepared = async (_role: string, { name }: Prepared, values: readonly unknown[]): Promise<unknown[]> => {
    asked.push([name, values]);
    await before;
    return [...rows];
  };
  const waitFor = (promise: Promise<void>): void => void (before = promise);
  return { asked, waitFor, standings: new Standings({ prepared } as unknown as Pick<Database, 'prepared'>) };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

describe('people who log in together', () => {
  //
  it('are looked up in one statement, those who do not exist among them', async () => {
    const { asked, standings } = answering([{ ...ROMEO, wanted: ROMEO.jid, mechanism: 'SCRAM-SHA-1', ...verifier }]);
    const found = await Promise.all([
      standings.verifier('romeo@im.example', 'SCRAM-SHA-1'),
      standings.verifier('nobody@im.example', 'SCRAM-SHA-1'),
      standings.verifier('romeo@im.example', 'SCRAM-SHA-512'),
    ]);
    expect(found).toEqual([expect.objectContaining({ iterations: 4096 }), undefined, undefined]);
    expect(asked).toHaveLength(1);
    expect(asked[0]![1]).toEqual([
      ['romeo@im.example', 'nobody@im.example', 'romeo@im.example'],
      ['SCRAM-SHA-1', 'SCRAM-SHA-1', 'SCRAM-SHA-512'],
    ]);
  });

  it('are not looked up again for how they stand, within two seconds', async () => {
    const { asked, standings } = answering([{ ...ROMEO, wanted: ROMEO.jid, mechanism: 'SCRAM-SHA-1', ...verifier }]);
    await standings.verifier('romeo@im.example', 'SCRAM-SHA-1');
    expect([...(await standings.find(['romeo@im.example'])).values()]).toMatchObject([{ id: 1, state: 'active' }]);
    expect(asked).toHaveLength(1);
    vi.advanceTimersByTime(2000);
    await standings.find(['romeo@im.example']);
    expect(asked).toHaveLength(2);
    vi.advanceTimersByTime(3000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are asked for their verifier each time: no password outlives its change', async () => {
    const { asked, standings } = answering([{ ...ROMEO, wanted: ROMEO.jid, mechanism: 'SCRAM-SHA-1', ...verifier }]);
    await standings.verifier('romeo@im.example', 'SCRAM-SHA-1');
    await standings.verifier('romeo@im.example', 'SCRAM-SHA-1');
    expect(asked).toHaveLength(2);
  });
});

describe('how somebody stands', () => {
  it('is read again after any change', async () => {
    const { asked, standings } = answering([ROMEO]);
    await standings.find(['romeo@im.example']);
    standings.changed();
    await standings.find(['romeo@im.example']);
    expect(asked).toHaveLength(2);
  });

  it('is not remembered when it was read while somebody changed it', async () => {
    const { asked, waitFor, standings } = answering([ROMEO]);
    const { promise, resolve } = Promise.withResolvers<void>();
    waitFor(promise);
    const reading = standings.find(['romeo@im.example']);
    standings.changed();
    resolve();
    await reading;
    await standings.find(['romeo@im.example']);
    expect(asked).toHaveLength(2);
  });

  it('is asked only for those not remembered', async () => {
    const { asked, standings } = answering([ROMEO]);
    await standings.find(['romeo@im.example']);
    await standings.find(['romeo@im.example', 'nobody@im.example']);
    expect(asked[1]![1]).toEqual([['nobody@im.example']]);
  });
});
