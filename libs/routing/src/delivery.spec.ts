import { describe, expect, it } from 'vitest';
import { parseJid } from '@interoffice/wire';
import type { Account } from './accounts.js';
import type { Target } from './address.js';
import { deliver, type Outcome } from './delivery.js';
import type { Session } from './session.js';
import type { StanzaType } from './stanza-type.js';

/** What each device got; `priority` undefined: bound, but not available. */
function scene(priorities: Readonly<Record<string, number | undefined>>) {
  const got: string[] = [];
  const sessions = new Map(
    Object.entries(priorities).map(([name, priority]) => [
      name,
      {
        isWilling: priority !== undefined && priority >= 0,
        deliver: () => void got.push(name),
        deliverRecorded: () => void got.push(name),
      } as unknown as Session,
    ]),
  );
  const send = (to: string, type: StanzaType): readonly [Outcome, string] => {
    const jid = parseJid(`juliet@im.example${to}`);
    const target = { class: to ? 'device' : 'account', jid, account: { sessions } as Account } as Target;
    const outcome = deliver({
      type,
      target,
      bytes: Buffer.alloc(0),
      start: 0,
      end: 0,
      idHigh: 0,
      idLow: 1,
      form: 'plain',
      isRecorded: type !== 'error',
    });
    return [outcome, got.splice(0).join(' ')];
  };
  return send;
}

describe('a message is delivered', () => {
  const devices = { phone: 5, laptop: 0, tablet: -1, silent: undefined };

  it.each([
    // RFC 6121 §8.5.2.1.1: to the account
    ['', 'chat', devices, 'delivered', 'phone laptop'],
    ['', 'normal', devices, 'delivered', 'phone laptop'],
    ['', 'headline', devices, 'delivered', 'phone laptop'],
    ['', 'error', devices, 'ignored', ''],
    // RFC 6121 §8.5.2.2.1: nobody takes it
    ['', 'chat', { tablet: -1, silent: undefined }, 'waiting', ''],
    ['', 'normal', {}, 'waiting', ''],
    ['', 'headline', {}, 'ignored', ''],
    // RFC 6121 §8.5.3.1: the device is there, whatever its priority
    ['/tablet', 'chat', devices, 'delivered', 'tablet'],
    ['/silent', 'normal', devices, 'delivered', 'silent'],
    ['/phone', 'groupchat', devices, 'delivered', 'phone'],
    ['/phone', 'error', devices, 'delivered', 'phone'],
    // RFC 6121 §8.5.3.2.1: the device is gone
    ['/gone', 'chat', devices, 'delivered', 'phone laptop'],
    ['/gone', 'chat', { tablet: -1 }, 'waiting', ''],
    ['/gone', 'normal', devices, 'undeliverable', ''],
    ['/gone', 'groupchat', devices, 'undeliverable', ''],
    ['/gone', 'headline', devices, 'ignored', ''],
    ['/gone', 'error', devices, 'ignored', ''],
  ] as const)('to juliet%s as %s with %j: %s', (to, type, priorities, outcome, got) => {
    expect(scene(priorities)(to, type)).toEqual([outcome, got]);
  });
});
