import type { Locator, Page } from 'playwright-core';

/** The console, as somebody uses it. */
export class ConsolePage {
  constructor(readonly page: Page) {}

  async login(url: string, jid: string, password: string): Promise<void> {
    await this.page.goto(url);
    await this.page.getByLabel('Address').fill(jid);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Log in' }).click();
    await this.page.getByRole('menuitem').first().waitFor();
  }

  /** A page by its name in the menu. */
  async open(name: string): Promise<void> {
    await this.page.getByRole('menuitem', { name }).click();
  }

  /** The names in the menu. */
  async pages(): Promise<string[]> {
    return (await this.page.getByRole('menuitem').allTextContents()).map((name) => name.trim());
  }

  /** On the officer's first page. */
  async searchArchive(text: string, reason: string): Promise<Locator> {
    const form = this.page.getByRole('search');
    await form.getByLabel('Words').fill(text);
    await form.getByLabel('Reason').fill(reason);
    await form.getByRole('button', { name: 'Search' }).click();
    const found = this.page.getByRole('region', { name: 'Messages found' });
    await found.waitFor();
    return found.getByRole('article');
  }

  /** Opens what can be looked at about a message that was found. */
  async look(found: Locator, what: 'Conversation' | 'Versions' | 'Who was there'): Promise<Locator> {
    await found.getByRole('button', { name: what }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.waitFor();
    return dialog;
  }

  /** What messages say, with the marks they have, without who said it to whom and when. */
  async texts(messages: Locator): Promise<string[]> {
    const parts = '.MuiChip-label, :scope > :not(:first-child)';
    const texts = (await messages.all()).map(async (one) => (await one.locator(parts).allInnerTexts()).join(' '));
    return (await Promise.all(texts)).map((text) => text.replaceAll(/\s+/g, ' ').trim());
  }

  async close(dialog: Locator): Promise<void> {
    await this.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  }
}
