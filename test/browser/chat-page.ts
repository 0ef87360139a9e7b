import type { Locator, Page } from 'playwright-core';

/** The web chat, as somebody uses it. */
export class ChatPage {
  constructor(readonly page: Page) {}

  async login(url: string, jid: string, password: string): Promise<void> {
    await this.page.goto(url);
    await this.page.getByLabel('Name or address').fill(jid);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Log in' }).click();
    await this.page.getByText('I am online').waitFor();
  }

  /** By the menu of the contact list. */
  async startChat(jid: string): Promise<void> {
    await this.page.locator('converse-roster .dropdown-toggle, #converse-roster .dropdown-toggle').first().click();
    await this.page.getByTitle('Start a new chat').click();
    const dialog = this.page.locator('converse-new-chat-modal');
    await dialog.locator('input[name="jid"]').fill(jid);
    await dialog.getByRole('button', { name: 'Start Chat' }).click();
    await this.#input.waitFor();
  }

  async send(text: string): Promise<void> {
    await this.#input.fill(text);
    await this.#input.press('Enter');
    await this.message(text).waitFor();
  }

  /** A message of the open chat, by its whole text. */
  message(text: string): Locator {
    return this.page.locator('.chat-msg__text').getByText(text, { exact: true });
  }

  get #input(): Locator {
    return this.page.locator('textarea.chat-textarea');
  }
}
