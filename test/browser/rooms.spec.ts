import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningAppliance } from '../interop/appliance.js';
import { RoomClient } from '../interop/room-client.js';
import { CuttingProxy } from '../support/cutting-proxy.js';
import { barriers } from './accessibility.js';
import { Chromium, type Watched } from './browser.js';
import { ChatPage } from './chat-page.js';
import { ConsolePage } from './console-page.js';
import { picture } from './picture.js';
import { RoomPage } from './room-page.js';

const ROOM = 'Project Zeppelin';
const ADDRESS = 'project-zeppelin@conference.office.localhost';
const REASON = 'Complaint 2026-17';

/** Anna makes a room and asks Ada in; both use the web chat. Olga looks into it later. The tests run in their order. */
describe('a room in the web chat', () => {
  let demo: RunningAppliance;
  let chromium: Chromium;
  /** Anna's. */
  let network: CuttingProxy;
  const watched: Watched[] = [];
  let anna: RoomPage;
  let ada: RoomPage;

  beforeAll(async () => {
    demo = await RunningAppliance.demo();
    chromium = await Chromium.open(demo.ready.ca);
    network = await CuttingProxy.before(demo.port('https'));
    anna = await arrive('employee', 'light', network.port);
    ada = await arrive('admin', 'dark');
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.remove();
    await network?.close();
  });

  async function arrive(
    role: string,
    colorScheme: 'light' | 'dark',
    port: number = demo.port('https'),
  ): Promise<RoomPage> {
    const seen = await chromium.watch({ colorScheme });
    watched.push(seen);
    const { jid, password } = demo.person(role);
    await new ChatPage(seen.page).login(demo.ready.chat.replace(/:\d+\//, `:${port}/`), jid, password);
    return new RoomPage(seen.page);
  }

  it('rooms of the company are there from the first moment, under one’s own name', async () => {
    await expect
      .poll(() => anna.rooms().allInnerTexts())
      .toEqual(['AH\nAll hands', 'B\nBerlin', 'B\nBoard', 'IH\nIT help']);
    await anna.open('All hands');
    await expect.poll(() => anna.people()).toContain('Anna Berg');
  });

  it('is made by name, and set up by its form', async () => {
    await anna.enter(ROOM);
    await anna.configure(async (form) => {
      expect(await barriers(anna.page)).toEqual([]);
      await form.getByLabel('What it is for').fill('Everything about the invoice');
      await form.getByLabel('Stays when everybody has left').check();
    });
    await anna.page.getByText('The groupchat configuration has changed').waitFor();
  });

  it('is found by a part of its name', async () => {
    expect(await ada.find('zepp')).toEqual([`${ROOM} (${ADDRESS})`]);
  });

  it('is entered by who is asked in', async () => {
    await anna.invite(demo.person('admin').jid, 'You know the invoice.');
    expect(await ada.confirm()).toContain('You know the invoice.');
    await expect.poll(() => ada.people()).toEqual(['Anna Berg', 'Ada Admin']);
    await expect.poll(() => anna.people()).toEqual(['Anna Berg', 'Ada Admin']);
  });

  it('shows what both say, with the photos and hats that the company gives them', async () => {
    await anna.send('Did the Zeppelin invoice arrive?');
    await ada.text('Did the Zeppelin invoice arrive?').waitFor();
    await ada.send('Yes, on Tuesday.');
    await anna.text('Yes, on Tuesday.').waitFor();
    expect(await anna.hats('Yes, on Tuesday.')).toEqual(['IT support', 'Berlin']);
    expect(await ada.hats('Did the Zeppelin invoice arrive?')).toEqual(['Berlin']);
    const [photo, own] = [await anna.photo('Yes, on Tuesday.'), await anna.photo('Did the Zeppelin invoice arrive?')];
    expect(photo).toMatch(/^data:image\/png;base64,/);
    expect(photo).not.toBe(own);
    expect(await ada.photo('Did the Zeppelin invoice arrive?')).toBe(own);
  });

  it('shows a correction to the others', async () => {
    await anna.send('It is for 1,820 euros.');
    await ada.text('It is for 1,820 euros.').waitFor();
    await anna.correct('It is for 1,820 euros.', 'It is for 1,280 euros.');
    await ada.text('It is for 1,280 euros.').waitFor();
    expect(await ada.text('It is for 1,820 euros.').count()).toBe(0);
  });

  it('hides what its author has taken back', async () => {
    await anna.send('The password is swordfish.');
    await ada.text('The password is swordfish.').waitFor();
    await anna.retract('The password is swordfish.');
    await ada.text('The password is swordfish.').waitFor({ state: 'detached' });
    expect(await anna.takenBack()).toEqual(['You have removed a message']);
    expect(await ada.takenBack()).toEqual(['Anna Berg has removed a message']);
  });

  it('hides what a moderator has taken back, and says why', async () => {
    await ada.send('I never liked accounting.');
    await anna.moderate('I never liked accounting.', 'Be kind.');
    for (const room of [anna, ada]) {
      await room.text('I never liked accounting.').waitFor({ state: 'detached' });
      expect((await room.takenBack()).at(-1)).toBe('Anna Berg has removed a message\nBe kind.');
    }
  });

  it('looks the same to both, and has no barrier of ours for people who use assistive technology', async () => {
    await picture(anna.page, 'chat-room');
    await picture(ada.page, 'chat-room-dark');
    for (const { page } of [anna, ada]) expect(await barriers(page)).toEqual([]);
  });

  it('is as it was after a reload, without what was taken back', async () => {
    await ada.page.reload();
    await new ChatPage(ada.page).online();
    await ada.open(ROOM);
    for (const text of ['Did the Zeppelin invoice arrive?', 'Yes, on Tuesday.', 'It is for 1,280 euros.']) {
      await ada.text(text).waitFor();
    }
    const shown = await ada.page.content();
    for (const text of ['1,820', 'swordfish', 'never liked'])
      expect([text, shown.includes(text)]).toEqual([text, false]);
  });

  it('is the same in another browser, which knows it from the archive alone', async () => {
    const elsewhere = await arrive('admin', 'light');
    await elsewhere.open(ROOM);
    await elsewhere.text('It is for 1,280 euros.').waitFor();
    expect(await elsewhere.takenBack()).toEqual([
      'Anna Berg has removed a message',
      'Anna Berg has removed a message\nBe kind.',
    ]);
    expect(await anna.people()).toEqual(['Anna Berg', 'Ada Admin']);
    await elsewhere.page.context().close();
  });

  it('goes on after a connection was cut, and shows what came meanwhile', async () => {
    const chat = new ChatPage(anna.page);
    await chat.cut();
    await ada.send('While you were away.');
    await chat.reconnected();
    await anna.text('While you were away.').waitFor();
    await anna.send('Here again.');
    await ada.text('Here again.').waitFor();
    expect(await anna.text('While you were away.').count()).toBe(1);
  });

  it('gets what was said while the line was dead, once, also when the page is loaded again', async () => {
    const { page } = anna;
    network.blackHole();
    await anna.send('Said into a dead line.');
    network.restore();
    network.cut();
    // The browser asks whether the page may go, since something waits.
    const asked = page.waitForEvent('dialog').then((dialog) => dialog.accept());
    await Promise.all([page.reload(), asked]);
    await new ChatPage(page).online();
    await ada.text('Said into a dead line.').waitFor();
    await anna.open(ROOM);
    for (const room of [anna, ada]) expect(await room.text('Said into a dead line.').count()).toBe(1);
  });

  it('is left by who has had enough', async () => {
    await ada.leave();
    await expect.poll(() => anna.people()).toEqual(['Anna Berg']);
    await expect.poll(() => ada.rooms().allInnerTexts()).not.toContain(`PZ\n${ROOM}`);
  });

  it('asks somebody in who was away meanwhile, also by way of the room, and asks once', async () => {
    const url = ada.page.url();
    await ada.page.goto('about:blank');
    const olga = RoomClient.slixmpp({
      ...demo.person('officer'),
      port: demo.port('c2s'),
      ca: demo.ready.ca,
      room: ADDRESS,
    });
    await olga.online();
    await olga.ask('join', { nick: 'Olga' });
    await olga.ask('invite', { jid: demo.person('admin').jid, reason: 'Still about the invoice.' });
    // The room has dealt with the invitation before the question behind it.
    await olga.ask('info');
    await olga.stop();
    await ada.page.goto(url);
    expect(await ada.confirm()).toMatch(/^Olga has invited you .+Still about the invoice\./s);
    await expect.poll(() => ada.people()).toEqual(['Anna Berg', 'Ada Admin']);
    await ada.leave();
    await ada.page.reload();
    const chat = new ChatPage(ada.page);
    await chat.online();
    await chat.startChat(demo.person('employee').jid);
    await chat.send('Thank you, I know.');
    expect(await ada.page.locator('converse-confirm-modal').count()).toBe(0);
  });

  describe('for a compliance officer', () => {
    let console: ConsolePage;
    beforeAll(async () => {
      const seen = await chromium.watch({ colorScheme: 'light' });
      watched.push(seen);
      console = new ConsolePage(seen.page);
      const { jid, password } = demo.person('officer');
      await console.login(demo.ready.console, jid, password);
    });

    it('shows what was said there first and everything that was made of it', async () => {
      for (const [words, ...versions] of [
        ['1,820 euros', 'original It is for 1,820 euros.', 'correction It is for 1,280 euros.'],
        ['swordfish', 'original The password is swordfish.', 'retracted by its author /me retracted a message'],
        ['never liked', 'original I never liked accounting.', 'taken back by a moderator no text Reason: Be kind.'],
      ] as const) {
        const found = (await console.searchArchive(words, REASON)).filter({ hasText: words });
        const dialog = await console.look(found.first(), 'Versions');
        await dialog.getByRole('article').first().waitFor();
        expect(await console.texts(dialog.getByRole('article'))).toEqual(versions);
        expect(await barriers(console.page)).toEqual([]);
        if (words === '1,820 euros') await picture(console.page, 'archive-versions');
        await console.close(dialog);
      }
    });

    it('shows who was there when it was said', async () => {
      const found = (await console.searchArchive('swordfish', REASON)).filter({ hasText: 'swordfish' });
      const dialog = await console.look(found, 'Who was there');
      await dialog.getByRole('row').nth(2).waitFor();
      const rows = (await dialog.getByRole('row').allInnerTexts()).slice(1).map((row) => row.split('\t').slice(0, 2));
      expect(rows).toEqual([
        [demo.person('employee').jid, 'Anna Berg'],
        [demo.person('admin').jid, 'Ada Admin'],
      ]);
      expect(await barriers(console.page)).toEqual([]);
      await picture(console.page, 'archive-presence');
      await console.close(dialog);
    });
  });

  it('asks nothing of another host and keeps its Content-Security-Policy', () => {
    for (const { strangers, violations, errors } of watched)
      expect({ strangers, violations, errors }).toEqual({ strangers: [], violations: [], errors: [] });
  });
});
