import { xml } from '@interoffice/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import { onStage } from '../../../../test/support/on-stage.js';
import { rule } from '../../../../test/support/rules.js';
import { ScriptedGateway } from '../../../../test/support/scripted-gateway.js';

const PEER = 'tokyo.example';
const shown = (fingerprint: string) => ({ fingerprint, notAfter: 1_000 });

onStage('what a gateway tells', { rules: [rule({ peers: [PEER] })], gateways: ['gate.im.example:5280'] }, (stage) => {
  let gateway: ScriptedGateway;
  beforeEach(() => {
    gateway = new ScriptedGateway(stage(), 'gate.im.example:5280');
  });
  const federation = () => stage().server.federation!;

  it('of itself is kept until it says something else, also while it is away', async () => {
    const certificate = { missing: ['conference.im.example'], isProvisional: false };
    gateway.reports({ certificate });
    const probe = [{ domain: 'im.example', state: 'impostor', at: 1, text: 'Somebody else.' }] as const;
    gateway.reports({ certificate, probe });
    await stage().settled();
    expect(federation().gateways).toMatchObject([{ state: 'up', report: { certificate, probe } }]);
    await gateway.breaks();
    expect(federation().gateways).toMatchObject([{ state: 'away', report: { certificate, probe } }]);
  });

  describe('of certificates of peers', () => {
    const seen = () => federation().certificates.map(({ domain, shown: of }) => ({ domain, ...of }));

    it('is known of those that only come to us, and the latest of those that are called', async () => {
      gateway.opens(PEER, undefined, shown('AA'));
      await stage().settled();
      expect(seen()).toEqual([{ domain: PEER, ...shown('AA') }]);
      const desk = await stage().online(await stage().account('romeo'), 'desk');
      desk.send(xml('message', { to: `yuki@${PEER}`, type: 'chat', id: 'a' }, xml('body', {}, 'Hello')));
      await stage().settled();
      await gateway.fails(PEER, 1_000, [shown('BB')]);
      expect(seen()).toEqual([{ domain: PEER, ...shown('BB') }]);
      gateway.opens(PEER);
      await stage().settled();
      expect(seen()).toEqual([{ domain: PEER, ...shown('BB') }]);
    });

    it('is not shown of who is no peer any more', async () => {
      gateway.opens(PEER, undefined, shown('AA'));
      await stage().settled();
      federation().changeRules([rule({ peers: ['osaka.example'] })], 2);
      expect(seen()).toEqual([]);
    });
  });
});
