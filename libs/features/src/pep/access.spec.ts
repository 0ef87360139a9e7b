import { describe, expect, it } from 'vitest';
import type { AccessModel } from '../personal-nodes.js';
import { type Asker, mayRead } from './access.js';
import { DEFAULTS } from './node-config.js';

const owner: Asker = { isOwner: true, isSubscribed: true, groups: [] };
const contact: Asker = { isOwner: false, isSubscribed: true, groups: ['Colleagues'] };
const friend: Asker = { isOwner: false, isSubscribed: true, groups: ['Colleagues', 'Friends'] };
const denied: Asker = { isOwner: false, isSubscribed: false, groups: ['Friends'] };

describe('a node', () => {
  it.each([
    ['open', [true, true, true, true]],
    ['presence', [true, true, true, false]],
    ['roster', [true, false, true, false]],
    ['whitelist', [true, false, false, false]],
  ] as const)('of access model %s is read by those it is meant for', (accessModel: AccessModel, may) => {
    const config = { ...DEFAULTS, accessModel, rosterGroups: ['Friends', 'Family'] };
    expect([owner, contact, friend, denied].map((asker) => mayRead(config, asker))).toEqual(may);
  });
});
