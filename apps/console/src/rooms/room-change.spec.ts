import { describe, expect, it } from 'vitest';
import type { Room } from '@interoffice/contract';
import { changeOf } from './room-change.js';
import { titleOf } from './room-title.js';

const room = {
  jid: 'board@conference.im.example',
  title: 'Board',
  description: 'Decisions',
  language: '',
  public: true,
  membersOnly: true,
  slowModeSeconds: 0,
  maxUsers: 20,
  hasPassword: true,
} as Room;

describe('the form of a room', () => {
  it('asks for what is another than before, and for nothing else', () => {
    expect(changeOf(room, room)).toEqual({});
    expect(changeOf({ ...room, title: 'The Board', slowModeSeconds: 30, members: 7 }, room)).toEqual({
      title: 'The Board',
      slowModeSeconds: 30,
    });
  });

  it('takes an emptied text for no text, and an emptied number for no change', () => {
    const emptied = { ...room, description: null, language: null, maxUsers: null } as unknown as Room;
    expect(changeOf(emptied, room)).toEqual({ description: '' });
  });

  it('sets a password, or takes it away, or leaves it', () => {
    expect(changeOf({ ...room, password: 'sesame' }, room)).toEqual({ password: 'sesame' });
    expect(changeOf({ ...room, noPassword: true, password: 'sesame' }, room)).toEqual({ password: null });
    expect(changeOf({ ...room, password: '' }, room)).toEqual({});
  });
});

// W-10
describe('the title of a room', () => {
  it.each([
    [{ title: 'Board', jid: 'b@c' }, 'Board'],
    [{ title: ' ', jid: 'all-hands@c' }, 'all-hands'],
    [{ title: 'a\u202eb', jid: 'x@c' }, 'a⟨U+202E⟩b'],
  ])('of %j is %s', (named, title) => expect(titleOf(named)).toBe(title));
});
