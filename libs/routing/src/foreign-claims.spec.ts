import { NS, xml, type Element } from '@interoffice/wire';
import { describe, expect, it } from 'vitest';
import { type ForeignOrigin, stripClaims } from './foreign-claims.js';

const PEER = 'tokyo.example';
const YUKI = `yuki@${PEER}/desk`;
const ROOM = `lab@${PEER}`;
const DESK = 'romeo@im.example/desk';
const x = (...children: Element[]): Element => xml('x', { xmlns: NS.mucUser }, ...children);
const invite = x(xml('invite', { from: YUKI }));
const delay = (from?: string): Element =>
  xml('delay', { xmlns: NS.delay, stamp: '2026-11-20T08:00:00Z', ...(from && { from }) });
const result = xml('result', { xmlns: NS.mam, id: 'r' });
const occupant = xml('occupant-id', { xmlns: NS.occupantId, id: 'o' });

/** What is left of these children. */
function left(attrs: Record<string, string>, children: Element[], origin: Partial<ForeignOrigin> = {}): string[] {
  const stanza = xml(
    attrs['kind'] ?? 'message',
    { from: YUKI, to: DESK, type: 'chat', ...attrs },
    xml('body', {}, 'hi'),
    ...children,
  );
  stripClaims(stanza, { peer: PEER, isToOurRoom: false, ...origin });
  return stanza
    .getChildElements()
    .map((child) => child.getName())
    .filter((name) => name !== 'body');
}

// T-03
describe('what another server claims', () => {
  it.each([
    ['the delay of its own', { type: 'chat' }, [delay(PEER), delay(), delay(ROOM)], 3],
    ['the delay of us', {}, [delay('im.example'), delay('im.example')], 0],
    ['the delay of what looks like itself', {}, [delay(`evil${PEER}`), delay(`sub.${PEER}`)], 0],
    ['a result of its archive for the device that asked', { from: ROOM, type: 'normal' }, [result], 1],
    ['a result from a person', {}, [result, result], 0],
    ['a result from somebody without type', { type: 'normal' }, [result], 0],
    ['a result for nobody who can have asked', { from: ROOM, type: 'normal', to: 'romeo@im.example' }, [result], 0],
    ['one id of an occupant', { type: 'groupchat' }, [occupant], 1],
    ['five ids of an occupant', { type: 'groupchat' }, [occupant, occupant, occupant, occupant, occupant], 0],
    ['an id of an occupant from nobody', { from: ROOM }, [occupant], 0],
    ['the mark of a private message', {}, [x()], 1],
    ['an invitation from a room', { from: ROOM, type: 'normal' }, [invite], 1],
    ['an invitation that a person wrote', { type: 'normal' }, [invite, invite], 0],
    ['what a room says of who has spoken', { type: 'groupchat' }, [x(xml('item', { role: 'participant' }))], 1],
    ['the presence of an occupant', { kind: 'presence' }, [x(xml('item', {})), occupant], 2],
  ] as const)('%s: stays as often as it may', (_, attrs, children, count) => {
    expect(left({ ...attrs }, [...children])).toHaveLength(count);
  });

  it('in a room of ours is what its guests may say: invitations, and no more', () => {
    const toRoom = { isToOurRoom: true };
    expect(left({ type: 'normal' }, [invite, occupant], toRoom)).toEqual(['x']);
    expect(left({ type: 'groupchat' }, [invite, occupant, x()], toRoom)).toEqual([]);
  });
});
