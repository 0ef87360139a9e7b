import { type Element, xml } from '@interoffice/wire';
import { expect, it } from 'vitest';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import { rule } from '../../../../test/support/rules.js';
import { ScriptedGateway } from '../../../../test/support/scripted-gateway.js';

const PEER = 'tokyo.example';

// F-07
inBothLanes(
  'a server that began without rules',
  (stage) => {
    const chat = (text: string): Element =>
      xml('message', { to: `yuki@${PEER}`, type: 'chat', id: text }, xml('body', {}, text));
    const federation = () => stage().server.federation!;

    it('leads nowhere, calls nobody and lets nobody in until there is one; then it talks, as settings say by then', async () => {
      const gateway = new ScriptedGateway(stage());
      const romeo = await stage().account('romeo');
      const desk = await stage().online(romeo, 'desk');
      desk.send(chat('too soon'));
      const refused = await desk.next((element) => element.attrs['id'] === 'too soon');
      expect(refused.getChild('error')?.getChild('remote-server-not-found')).toBeDefined();
      expect([federation().isOn, gateway.calls, gateway.setUp?.rules]).toEqual([false, [], []]);

      federation().changeRules([rule({ peers: [PEER] })], 1);
      await gateway.reaches(PEER);
      // Its address was remembered as one that leads nowhere.
      desk.send(chat('hello'));
      await stage().settled();
      expect([federation().isOn, gateway.wordsTo(PEER)]).toEqual([true, ['hello']]);

      const stream = gateway.opens(PEER);
      const writes = (from: string, text: string): void =>
        gateway.comes(
          stream,
          `<message from='${from}@${PEER}/x' to='${romeo.bare}' type='chat'><body>${text}</body></message>`,
        );
      const heard = async (): Promise<(string | null)[]> => {
        await stage().settled();
        const came = desk.received.splice(0).filter((element) => element.is('message'));
        return came.map((element) => element.getChildText('body'));
      };
      writes('kenji', 'from a stranger');
      expect(await heard()).toEqual(['from a stranger']);
      const pins = ['q83v'];
      federation().follow({
        peers: [{ domain: PEER, pins }],
        strangers: { wishOf: () => 'refuse', newContactsPerHour: 100 },
      });
      writes('mika', 'from another');
      expect(await heard()).toEqual([]);
      expect(gateway.setUp?.peers).toEqual([{ domain: PEER, pins }]);
      federation().follow({ peers: [], strangers: { wishOf: () => 'deliver', newContactsPerHour: 0 } });
      writes('mika', 'over the limit');
      expect(await heard()).toEqual([]);
    });
  },
  { rules: [] },
);
