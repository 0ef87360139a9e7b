import { describe, expect, it } from 'vitest';
import { changesText, versionText } from './policy-words.js';

const moment = (iso: string): string => iso.slice(0, 10);

describe('the page of the policy', () => {
  it('says which version holds, since when and by whom', () => {
    const state = { version: 4, rules: 2, since: '2026-11-20T09:00:00.000Z' };
    expect(versionText({ ...state, actor: 'settings' }, moment)).toBe(
      'Version 4 holds: 2 rules, since 2026-11-20, by the settings file.',
    );
    expect(versionText({ ...state, rules: 1, actor: 'anna@im.example' }, moment)).toContain(
      '1 rule, since 2026-11-20, by anna',
    );
    expect(versionText({ version: 5, rules: 0 }, moment)).toBe('Version 5 holds: no rules, nothing passes.');
  });

  it('says what reading the settings again has changed', () => {
    const state = { version: 4, rules: 2, added: [], removed: [], changed: [], settings: [], waiting: [] };
    expect(changesText(state)).toBe('Nothing has changed: version 4 holds.');
    expect(changesText({ ...state, added: ['a', 'b'], removed: ['c'] })).toBe(
      'Version 4 holds. added: a, b; removed: c.',
    );
    expect(changesText({ ...state, settings: ['federation.strangers'], waiting: ['federation.relay'] })).toBe(
      'Version 4 holds. settings: federation.strangers. Waits for the next start: federation.relay.',
    );
  });
});
