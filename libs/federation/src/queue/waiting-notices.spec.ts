import type { Session } from '@interoffice/routing';
import { type Element, parseJid } from '@interoffice/wire';
import { describe, expect, it } from 'vitest';
import { WaitingNotices } from './waiting-notices.js';

/** Sessions as far as they can be told something. */
function person(name: string): { readonly session: Session; readonly heard: string[] } {
  const heard: string[] = [];
  const send = (message: Element): void => {
    const [, state] = message.getChildElements();
    heard.push(`${message.attrs['type']} ${state!.getName()} ${state!.attrs['peer']}`);
  };
  const session = { isOpen: true, jid: parseJid(`${name}@berlin.example/pc`), send } as unknown as Session;
  return { session, heard };
}

function stage() {
  const due: (() => void)[] = [];
  const notices = new WaitingNotices('tokyo.example', {
    later: (_, work) => {
      due.push(work);
      return () => void due.splice(due.indexOf(work), 1);
    },
  });
  const pass = (): void => {
    for (const work of due.splice(0)) work();
  };
  return { notices, pass };
}

describe('whoever writes to a peer that cannot be reached', () => {
  it('is told once that it waits, and once that all was handed over', () => {
    const { notices, pass } = stage();
    const [ada, ben] = [person('ada'), person('ben')];
    for (let id = 1n; id <= 5n; id++) notices.waits(ada.session, id);
    pass();
    notices.waits(ben.session, 6n);
    notices.waits(ada.session, 7n);
    pass();
    expect([ada.heard, ben.heard]).toEqual([['headline waiting tokyo.example'], ['headline waiting tokyo.example']]);
    notices.handedOver(6n);
    expect([ada.heard.length, ben.heard.at(-1)]).toEqual([1, 'headline handed-over tokyo.example']);
    notices.handedOver(7n);
    expect(ada.heard).toEqual(['headline waiting tokyo.example', 'headline handed-over tokyo.example']);
  });

  it('hears nothing of what was over before anybody would have noticed', () => {
    const { notices, pass } = stage();
    const ada = person('ada');
    notices.waits(ada.session, 1n);
    notices.handedOver(1n);
    pass();
    expect(ada.heard).toEqual([]);
  });

  it('is told again of the next outage', () => {
    const { notices, pass } = stage();
    const ada = person('ada');
    for (const id of [1n, 2n]) {
      notices.waits(ada.session, id);
      pass();
      notices.handedOver(id);
    }
    expect(ada.heard).toHaveLength(4);
  });
});
