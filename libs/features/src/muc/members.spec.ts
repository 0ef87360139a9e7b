import { expect, it } from 'vitest';
import { administer, freshRoom, make } from '../../../../test/support/in-rooms.js';
import { onStage } from '../../../../test/support/on-stage.js';

/** More than one device may have waiting for their commit. */
const MANY = 300;

onStage('a room for members only', {}, (stage) => {
  it('tells each of hundreds who become members with one request, and takes the next request', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    const room = freshRoom();
    await make(stage(), phone, room, { nick: 'Juliet', config: { membersonly: '1' } });
    const people = await Promise.all(Array.from({ length: MANY + 1 }, (_, i) => stage().account(`p${i}`)));
    const [last, ...many] = people.map(({ bare }) => bare);
    const named = await administer(phone, room, ...many.map((jid) => ({ jid, affiliation: 'member' })));
    expect(named.attrs['type']).toBe('result');
    const next = await administer(phone, room, { jid: last!, affiliation: 'member' });
    expect(next.attrs['type']).toBe('result');
    await stage().settled();
    const told = stage().archive.rows.filter(({ stanza }) => stanza.toString().includes('<invite '));
    expect(told.map(({ receiver }) => receiver).sort()).toEqual([last!, ...many].sort());
  });
});
