import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../apps/ctl/src/control-client.js';
import { RunningAppliance } from './appliance.js';
import { type Said, ToldProcess } from './told-process.js';

const PASSWORD = 'correct horse';
const DOMAIN = 'im.example';
const JID = `gina@${DOMAIN}`;
const NEW = 'urn:xmpp:bookmarks:1';
const OLD = 'storage:bookmarks';

const room = (name: string, more: object = {}): object => ({
  jid: `${name}@conference.example`,
  name,
  nick: 'Gina',
  autojoin: true,
  ...more,
});

/** The library of Gajim on two devices of one person: one of today, one that knows the older forms. The tests are one story. */
describe('bookmarks with python3-nbxmpp', () => {
  let appliance: RunningAppliance;
  let today: ToldProcess;
  let older: ToldProcess;

  beforeAll(async () => {
    appliance = await RunningAppliance.local(DOMAIN);
    await ask(appliance.dataDir, 'user.add', { jid: JID, password: PASSWORD, name: 'Gina of Verona' });
    today = device('today', NEW);
    older = device('older', OLD);
    await Promise.all([today.heard('online'), older.heard('online')]);
  });
  afterAll(async () => {
    await Promise.all([today?.stop(), older?.stop()]);
    await appliance?.remove();
  });

  function device(resource: string, wants: string): ToldProcess {
    const script = path.join(import.meta.dirname, 'nbxmpp_bookmarks.py');
    const where = ['--port', String(appliance.port('c2s')), '--ca', appliance.ready.ca];
    const args = [script, JID, ...where, '--resource', resource, '--wants', wants];
    const env = { ...process.env, XMPP_PASSWORD: PASSWORD, PYTHONDONTWRITEBYTECODE: '1' };
    return new ToldProcess('/usr/bin/python3', args, { env });
  }
  const names = (said: Said): unknown[] => (said['rooms'] as { name: string }[]).map(({ name }) => name);
  const news = (of: ToldProcess, fits: (said: Said) => boolean): Promise<Said> => of.heard('news', fits);

  it('are stored one by one, and the older device is told the whole list', async () => {
    await today.ask({ do: 'store', how: 'Native', rooms: [room('play'), room('orchard')] });
    await news(today, ({ id }) => id === 'orchard@conference.example');
    const list = await news(older, (said) => names(said).length === 2);
    expect(list['node']).toBe(OLD);
    expect(names(list)).toEqual(['play', 'orchard']);
  });

  it.each(['Private', 'PEP'])('are read by the older device, way %s', async (how) => {
    const read = await older.ask({ do: 'read', how });
    expect(read['rooms']).toMatchObject([room('play'), room('orchard')]);
  });

  it.each(['Private', 'PEP'])('are changed by the older device, way %s', async (how) => {
    const added = `added by ${how}`;
    await older.ask({ do: 'store', how, rooms: [room('orchard'), room(how, { name: added })] });
    const told = await news(today, (said) => said['id'] === `${how.toLowerCase()}@conference.example`);
    expect(names(told)).toEqual([added]);
    const read = await today.ask({ do: 'read', how: 'Native' });
    expect(names(read)).toEqual(['orchard', added]);
  });

  it('are removed, and both devices are told', async () => {
    await today.ask({ do: 'retract', how: 'Native', rooms: [room('orchard')] });
    await news(today, ({ id, retracted }) => id === 'orchard@conference.example' && retracted === true);
    const read = await older.ask({ do: 'read', how: 'Private' });
    expect(names(read)).toEqual(['added by PEP']);
  });
});
