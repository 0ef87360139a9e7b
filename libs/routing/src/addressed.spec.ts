import { describe, expect, it } from 'vitest';
import { NS, parseJid } from '@interoffice/wire';
import { Account } from './accounts.js';
import { Addressed } from './addressed.js';
import { Position } from './position.js';
import { Session } from './session.js';

const NOWHERE = {
  released: new Position(),
  isReadable: false,
  fellBehind: () => undefined,
  unwritten: () => undefined,
  givenUp: () => undefined,
};

function device(jid: string): Session {
  const full = parseJid(jid);
  const facts = { id: 1, jid: full.toBare(), office: '', isActive: true, role: 'employee' };
  return new Session(new Account(facts), full, undefined, NOWHERE);
}

describe('a stanza for many', () => {
  const textFor = (addressed: Addressed, jid: string): string => {
    const { bytes, start, end } = addressed.to(device(jid));
    return bytes.toString('utf8', start, end);
  };

  it('has the address of each put in behind its name', () => {
    const stanza = Buffer.from(`....<message xmlns='${NS.client}' type='groupchat'><body>ü</body></message>....`);
    const addressed = new Addressed();
    addressed.load(stanza, 4, stanza.length - 4);
    expect(textFor(addressed, 'romeo@im.example/desk')).toBe(
      `<message to='romeo@im.example/desk' xmlns='${NS.client}' type='groupchat'><body>ü</body></message>`,
    );
    expect(textFor(addressed, 'juliet@im.example/R&D')).toBe(
      `<message to='juliet@im.example/R&amp;D' xmlns='${NS.client}' type='groupchat'><body>ü</body></message>`,
    );
  });

  it('may have no attributes, and be empty', () => {
    for (const [stanza, wanted] of [
      ['<presence/>', "<presence to='a@b/c'/>"],
      ['<presence><show>away</show></presence>', "<presence to='a@b/c'><show>away</show></presence>"],
    ] as const) {
      const addressed = new Addressed();
      addressed.load(Buffer.from(stanza), 0, stanza.length);
      expect(textFor(addressed, 'a@b/c')).toBe(wanted);
    }
  });

  it('may be longer than any before it', () => {
    const addressed = new Addressed();
    const long = `<message><body>${'x'.repeat(200_000)}</body></message>`;
    addressed.load(Buffer.from(long), 0, long.length);
    expect(textFor(addressed, 'a@b/c')).toBe(long.replace('<message', "<message to='a@b/c'"));
  });
});
