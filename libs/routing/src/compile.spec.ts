import { describe, expect, it } from 'vitest';
import { Vocabulary } from '@interoffice/wire';
import { compile, slotOf } from './compile.js';
import { type Feature, get, on } from './feature.js';

const feature = (name: string, rest: Partial<Feature>): Feature => ({ name, implements: [], ...rest });
const nothing = () => undefined;

describe('the compiled features', () => {
  it('put a hook into every slot its interest names and into no other', () => {
    const compiled = compile(
      [
        feature('a', {
          hooks: [on('screen', { kind: 'message', type: ['chat'], to: ['account', 'device'] }, nothing)],
        }),
      ],
      new Vocabulary(),
    );
    const screen = compiled.hooks('screen');
    expect(screen[slotOf('message', 'chat', 'account')]).toHaveLength(1);
    expect(screen[slotOf('message', 'chat', 'device')]).toHaveLength(1);
    expect(screen[slotOf('message', 'normal', 'account')]).toHaveLength(0);
    expect(screen[slotOf('message', 'chat', 'server')]).toHaveLength(0);
    expect(compiled.hooks('admit')[slotOf('message', 'chat', 'account')]).toHaveLength(0);
  });

  it('give each namespace a hook looks for one bit of the vocabulary', () => {
    const vocabulary = new Vocabulary();
    const hooks = [on('screen', { kind: 'message', has: ['urn:a', ['urn:b', 'x']] }, nothing)];
    const [hook] = compile([feature('a', { hooks })], vocabulary).hooks('screen')[
      slotOf('message', 'chat', 'account')
    ]!;
    expect(hook!.mask).toBe(vocabulary.bit('urn:a') | vocabulary.bit('urn:b', 'x'));
  });

  it('refuse more kinds of children than the flags of a released batch have room for', () => {
    const many = (most: number) => Array.from({ length: most }, (_, n) => `urn:${n}`);
    const looking = (most: number) =>
      feature('a', { hooks: [on('screen', { kind: 'message', has: many(most) }, nothing)] });
    const vocabulary = new Vocabulary();
    compile([looking(24)], vocabulary);
    for (const namespace of many(24)) expect(vocabulary.bit(namespace) >>> 24).toBe(0);
    expect(() => compile([looking(25)], new Vocabulary())).toThrow(RangeError);
  });

  it('keep the order of the list within a phase', () => {
    const hook = () => [on('screen', { kind: 'message' }, nothing)];
    const compiled = compile([feature('b', { hooks: hook() }), feature('a', { hooks: hook() })], new Vocabulary());
    expect(compiled.hooks('screen')[slotOf('message', 'chat', 'account')]!.map((entry) => entry.feature)).toEqual([
      'b',
      'a',
    ]);
  });

  it('refuse two features that answer the same question or take the same presence', () => {
    const ping = () => get('server', 'urn:xmpp:ping', 'ping', nothing);
    expect(() =>
      compile([feature('a', { answers: [ping()] }), feature('b', { answers: [ping()] })], new Vocabulary()),
    ).toThrow('Two features answer get server urn:xmpp:ping ping; the second is b.');
    const take = () => ({ type: ['probe'] as const, to: 'account' as const, take: nothing });
    expect(() =>
      compile([feature('a', { takes: [take()] }), feature('b', { takes: [take()] })], new Vocabulary()),
    ).toThrow('Two features take presence probe account; the second is b.');
  });
});
