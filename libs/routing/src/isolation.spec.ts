import { expect, it } from 'vitest';
import { xml } from '@interoffice/wire';
import { inBothLanes } from '../../../test/support/on-stage.js';
import { type Feature, get, on } from './feature.js';
import { drop } from './verdict.js';

const NAMESPACE = 'urn:interoffice:test:faulty';
const fail = (): never => {
  throw new Error('a fault of this feature');
};
const has = (name: string) => [[NAMESPACE, name]] as const;

/** Breaks where a message asks for it. */
const faulty: Feature = {
  name: 'faulty',
  implements: [],
  answers: [
    get('server', NAMESPACE, 'throws', fail),
    get('server', NAMESPACE, 'rejects', () => Promise.reject(new Error('a fault of this feature'))),
    get('server', NAMESPACE, 'unwritable', () =>
      xml('unwritable', { xmlns: NAMESPACE }, 'a control character: \u0001'),
    ),
    get('server', NAMESPACE, 'unwritable-later', async () => xml('x', { xmlns: NAMESPACE }, '\u0001')),
  ],
  hooks: [
    on('admit', { kind: 'message', has: has('admit') }, fail),
    on('stamp', { kind: 'message', has: has('stamp') }, fail),
    on('screen', { kind: 'message', has: has('screen') }, fail),
    on('welcome', { kind: 'message', has: has('welcome') }, fail),
    on('copy', { kind: 'message', has: has('copy') }, fail),
    on('screen', { kind: 'message', has: has('drop') }, () => drop('it says so')),
    on('screen', { kind: 'iq', has: has('drop') }, () => drop('it says so')),
    on('screen', { kind: 'presence', has: has('drop') }, () => drop('it says so')),
  ],
  takes: [{ type: ['probe'], to: 'device', take: fail }],
  watches: { bound: fail, available: fail, willing: fail, gone: fail },
};

inBothLanes(
  'a feature that fails',
  (stage) => {
    const pair = async () => {
      const desk = await stage().online(await stage().account('romeo'), 'desk');
      const phone = await stage().online(await stage().account('juliet'), 'phone');
      return { desk, phone };
    };
    const message = (to: string, what: string): string =>
      `<message to='${to}' type='chat'><body>${what}</body><${what} xmlns='${NAMESPACE}'/></message>`;

    it.each(['admit', 'stamp', 'screen', 'welcome'])('in %s costs the message: it is refused', async (phase) => {
      const { desk, phone } = await pair();
      const before = stage().log.count('feature.failed');
      desk.write(message(phone.jid, phase));
      expect(String((await desk.next()).getChild('error'))).toContain('internal-server-error');
      await stage().settled();
      expect(phone.received).toEqual([]);
      expect(stage().log.count('feature.failed')).toBe(before + 1);
      expect(stage().archive.rows.at(-1)).toMatchObject({ verdict: 1, body: phase });
    });

    it('in copy costs nothing: the message is delivered', async () => {
      const { desk, phone } = await pair();
      desk.write(message(phone.jid, 'copy'));
      expect((await phone.next()).getChildText('body')).toBe('copy');
      expect(stage().log.events.at(-1)).toMatchObject({
        name: 'feature.failed',
        fields: { feature: 'faulty', phase: 'copy' },
      });
    });

    it('when a device comes or goes costs nothing', async () => {
      const { desk } = await pair();
      await desk.leave();
      await stage().settled();
      const phases = stage().log.events.filter(({ fields }) => fields['phase'] === 'watch');
      expect(phases.length).toBeGreaterThan(3);
    });

    it.each(['throws', 'rejects', 'unwritable', 'unwritable-later'])(
      'costs a question an error when it %s',
      async (name) => {
        const { desk } = await pair();
        const answer = await desk.ask(xml('iq', { to: 'im.example', type: 'get' }, xml(name, { xmlns: NAMESPACE })));
        expect(String(answer.getChild('error'))).toContain('internal-server-error');
        const next = await desk.ask(
          xml('iq', { to: 'im.example', type: 'get' }, xml('ping', { xmlns: 'urn:xmpp:ping' })),
        );
        expect(next.attrs['type']).toBe('result');
      },
    );

    it('costs nothing but its own work when it takes presence', async () => {
      const { desk, phone } = await pair();
      const before = stage().log.count('presence.failed');
      desk.write(`<presence type='probe' to='${phone.jid}'/>`);
      await stage().settled();
      expect(stage().log.count('presence.failed')).toBe(before + 1);
    });

    it('or another one may drop: the message is kept, a question is answered, and nobody hears of it', async () => {
      const { desk, phone } = await pair();
      desk.write(message(phone.jid, 'drop'));
      desk.write(`<presence to='${phone.jid}'><drop xmlns='${NAMESPACE}'/></presence>`);
      const answer = await desk.ask(xml('iq', { to: phone.jid, type: 'get' }, xml('drop', { xmlns: NAMESPACE })));
      expect(String(answer.getChild('error'))).toContain('service-unavailable');
      await stage().settled();
      expect([...desk.received, ...phone.received]).toEqual([]);
      expect(stage().archive.rows.at(-1)).toMatchObject({ verdict: 2, body: 'drop' });
    });
  },
  { more: [faulty] },
);
