import type { Locator, Page } from 'playwright-core';

/** A chat room in the web chat, as somebody uses it. */
export class RoomPage {
  constructor(readonly page: Page) {}

  /** By the menu of the list of rooms; who comes to a room that is not there has made it. */
  async enter(name: string): Promise<void> {
    await this.#choose(this.page.locator('converse-rooms-list'), 'Add groupchat');
    const dialog = this.page.locator('converse-add-muc-modal');
    await dialog.locator('input[name="chatroom"]').fill(name);
    await dialog.getByRole('button', { name: 'Join' }).click();
    await this.#input.waitFor();
  }

  /** What is offered to who types this into the dialog to enter a room. */
  async find(words: string): Promise<string[]> {
    await this.#choose(this.page.locator('converse-rooms-list'), 'Add groupchat');
    const dialog = this.page.locator('converse-add-muc-modal');
    await dialog.locator('input[name="chatroom"]').pressSequentially(words);
    const offers = dialog.locator('.suggestion-box__results li');
    await offers.first().waitFor();
    const found = await offers.allInnerTexts();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await dialog.waitFor({ state: 'detached' });
    return found;
  }

  /** One of the rooms in the list. */
  async open(name: string): Promise<void> {
    await this.page.locator('converse-rooms-list').getByText(name, { exact: true }).click();
    await this.#heading.getByText(name, { exact: true }).waitFor();
  }

  /** The rooms in the list. */
  rooms(): Locator {
    return this.page.locator('converse-rooms-list .available-room');
  }

  /** Fills the form of the room's settings and saves it. */
  async configure(fill: (form: Locator) => Promise<void>): Promise<void> {
    await this.#choose(this.#heading, 'Configure');
    const dialog = this.page.locator('converse-muc-config-modal');
    const save = dialog.getByRole('button', { name: 'Save' });
    await save.waitFor();
    await fill(dialog);
    await save.click();
    await dialog.waitFor({ state: 'detached' });
  }

  async invite(jid: string, reason: string): Promise<void> {
    await this.#choose(this.page.locator('converse-muc-occupants'), 'Invite someone');
    const dialog = this.page.locator('converse-muc-invite-modal');
    await dialog.locator('input[name="invitee_jids"]').fill(jid);
    await dialog.locator('textarea[name="reason"]').fill(reason);
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  /** Agrees to what a dialog asks, and tells what it was. */
  async confirm(): Promise<string> {
    const dialog = this.page.locator('converse-confirm-modal');
    const confirm = dialog.getByRole('button', { name: 'Confirm' });
    await confirm.waitFor();
    const text = await dialog.locator('.modal-body').innerText();
    await confirm.click();
    await dialog.waitFor({ state: 'detached' });
    return text;
  }

  async send(text: string): Promise<void> {
    await this.#input.fill(text);
    await this.#input.press('Enter');
    await this.text(text).waitFor();
  }

  /** A message by its whole text. */
  text(text: string): Locator {
    return this.page.locator('.chat-msg__text').getByText(text, { exact: true });
  }

  /** A message with everything around it. */
  message(text: string): Locator {
    return this.page.locator('converse-chat-message').filter({ has: this.text(text) });
  }

  /** What the author of a message wears, as it is shown beside the name. */
  async hats(text: string): Promise<string[]> {
    return this.message(text).locator('.chat-msg__heading .badge').allInnerTexts();
  }

  /** The photo beside a message, as a URL. */
  photo(text: string): Promise<string | null> {
    return this.message(text)
      .locator('.chat-msg__content')
      .locator('xpath=..')
      .locator('converse-avatar image')
      .getAttribute('href');
  }

  async correct(text: string, corrected: string): Promise<void> {
    await this.#act(text, 'Edit');
    await this.#input.fill(corrected);
    await this.#input.press('Enter');
    await this.text(corrected).waitFor();
  }

  /** Takes back one's own message. */
  async retract(text: string): Promise<void> {
    await this.#act(text, 'Retract');
    await this.confirm();
  }

  /** Takes back somebody else's. */
  async moderate(text: string, reason: string): Promise<void> {
    await this.#act(text, 'Retract');
    const dialog = this.page.locator('converse-confirm-modal');
    await dialog.locator('input[type="text"]').fill(reason);
    await this.confirm();
  }

  /** What is shown in place of messages that were taken back. */
  takenBack(): Promise<string[]> {
    return this.page.locator('.retraction').allInnerTexts();
  }

  /** Nicknames of who is there. */
  people(): Promise<string[]> {
    return this.page.locator('converse-muc-occupants .occupant-nick').allInnerTexts();
  }

  async leave(): Promise<void> {
    await this.#choose(this.#heading, 'Leave');
    await this.confirm();
  }

  async #act(text: string, action: 'Edit' | 'Retract'): Promise<void> {
    const message = this.message(text);
    await message.hover();
    await this.#choose(message, action);
  }

  /** Converse draws a menu anew, and so closes it, whenever the room changes: then it is opened again. */
  async #choose(where: Locator, item: string): Promise<void> {
    const entry = where.locator('.dropdown-menu').getByText(item, { exact: true });
    for (let left = 3; ; left--) {
      await where.locator('.dropdown-toggle').first().click();
      try {
        return await entry.click({ timeout: 3000 });
      } catch (error) {
        if (left === 0) throw error;
      }
    }
  }

  get #heading(): Locator {
    return this.page.locator('converse-muc-heading');
  }

  get #input(): Locator {
    return this.page.locator('converse-muc-message-form textarea.chat-textarea');
  }
}
