import { describe, expect, it } from 'vitest';
import { planWith, type RoomTemplate } from './template.js';

const board: RoomTemplate = {
  name: 'board',
  office: 'Verona',
  description: 'Decisions',
  membersOnly: true,
  public: false,
  moderated: true,
  nonAnonymous: true,
  membersInvite: false,
  slowMode: 2500,
};
const plan = {
  jid: 'board@conference.im.example',
  template: 'board',
  config: {},
  owners: ['romeo@im.example'],
  members: [],
};

describe('the template of a room', () => {
  it('sets up the rooms of its kind', () => {
    expect(planWith(board, plan)).toEqual({
      ...plan,
      office: 'Verona',
      config: {
        description: 'Decisions',
        isMembersOnly: true,
        isPublic: false,
        isModerated: true,
        isNonAnonymous: true,
        membersInvite: false,
        slowModeSeconds: 3,
      },
    });
  });

  it('gives way to what the maker of a room says', () => {
    const own = { ...plan, office: 'Mantua', config: { name: 'The Board', description: '', isMembersOnly: false } };
    expect(planWith(board, own)).toMatchObject({
      office: 'Mantua',
      config: { name: 'The Board', description: '', isMembersOnly: false, isPublic: false },
    });
  });

  it('leaves open what it says nothing about', () => {
    const plain = planWith({ ...board, office: undefined, description: undefined }, plan);
    expect(plain.office).toBeUndefined();
    expect(plain.config).not.toHaveProperty('description');
  });
});
