import { formElement, NS, readForm } from '@interoffice/wire';
import { describe, expect, it } from 'vitest';
import { configForm, DEFAULTS, isSameConfig, withForm } from './node-config.js';

const form = (fields: Readonly<Record<string, string | readonly string[]>>) =>
  readForm(
    formElement({
      type: 'submit',
      formType: NS.pubsubOptions,
      fields: Object.entries(fields).map(([name, values]) => ({
        name: `pubsub#${name}`,
        values: typeof values === 'string' ? [values] : values,
      })),
    }),
  );
const asked = (fields: Parameters<typeof form>[0]) => withForm(DEFAULTS, form(fields), 'refused');

describe('the configuration of a node', () => {
  it.each([
    [{ access_model: 'whitelist' }, { accessModel: 'whitelist' }],
    [{ persist_items: 'true' }, { persistItems: true }],
    [{ persist_items: '0' }, { persistItems: false }],
    [{ max_items: 'max' }, { maxItems: 1000 }],
    [{ max_items: '1000' }, { maxItems: 1000 }],
    [{ max_items: '7' }, { maxItems: 7 }],
    [{ send_last_published_item: 'never' }, { sendLast: 'never' }],
    [
      { access_model: 'roster', roster_groups_allowed: ['Friends', 'Family'] },
      { accessModel: 'roster', rosterGroups: ['Friends', 'Family'] },
    ],
    [
      { notify_retract: '1', notify_delete: 'false' },
      { notifyRetract: true, notifyDelete: false },
    ],
    [
      { title: 'Tunes', type: 'urn:x' },
      { title: 'Tunes', type: 'urn:x' },
    ],
    [{ deliver_payloads: '1', publish_model: 'publishers', notification_type: 'headline' }, {}],
  ] as const)('takes %j', (fields, change) => {
    expect(asked(fields)).toEqual({ ...DEFAULTS, ...change });
  });

  it.each([
    [{ access_model: 'authorize' }, 'unsupported'],
    [{ persist_items: 'perhaps' }, 'unsupported'],
    [{ max_items: '0' }, 'unsupported'],
    [{ max_items: '1001' }, 'unsupported'],
    [{ max_items: 'many' }, 'unsupported'],
    [{ send_last_published_item: 'sometimes' }, 'unsupported'],
    [{ publish_model: 'open' }, 'unsupported'],
    [{ deliver_payloads: '0' }, 'unsupported'],
    [{ title: 'x'.repeat(1024) }, 'unsupported'],
    [{ colour: 'red' }, 'unknown'],
  ] as const)('does not take %j', (fields, why) => {
    expect(asked(fields)).toEqual({ field: `pubsub#${Object.keys(fields)[0]}`, why });
  });

  it('keeps what a form leaves out, and ignores what nobody knows where that is allowed', () => {
    const config = { ...DEFAULTS, accessModel: 'open', maxItems: 20 } as const;
    expect(withForm(config, form({ title: 'T', colour: 'red' }), 'ignored')).toEqual({ ...config, title: 'T' });
  });

  it('reads its own form and finds nothing changed', () => {
    const config = { ...DEFAULTS, maxItems: 1000, accessModel: 'whitelist', rosterGroups: ['a', 'b'] } as const;
    const read = withForm(DEFAULTS, readForm(configForm(config)), 'refused');
    expect(read).toEqual(config);
    expect([isSameConfig(config, config), isSameConfig(config, DEFAULTS)]).toEqual([true, false]);
  });
});
