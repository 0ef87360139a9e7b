import { expect, it } from 'vitest';
import { inBothLanes } from '../../../test/support/on-stage.js';

// C-01
inBothLanes('messages that came in', (stage) => {
  it('are counted once as they come and once by what became of them, whatever that is', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    await stage().online(juliet, 'phone');
    const { clients } = stage().server.routing.arrived;
    const counts = (): number[] => [clients.arrived, clients.recorded, clients.fleeting, clients.turnedAway];
    const before = counts();
    const say = (to: string, inner: string, id: string): void =>
      desk.write(`<message to='${to}' type='chat' id='${id}'>${inner}</message>`);
    say(juliet.bare, '<body>kept</body>', 'a');
    say('nobody-at-all@im.example', '<body>refused, and on record</body>', 'b');
    say(juliet.bare, `<composing xmlns='http://jabber.org/protocol/chatstates'/>`, 'c');
    say('a@b@c', '<body>to no address</body>', 'd');
    await stage().settled();
    expect(counts().map((count, i) => count - before[i]!)).toEqual([4, 2, 1, 1]);
    expect(clients.accounted).toBe(clients.arrived);
  });
});
