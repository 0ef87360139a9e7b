import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** `WebSocket.OPEN`. */
const OPEN = 1;

/** Keeps the page's WebSockets, so that a test can close one. */
const KEEP_SOCKETS = `
  globalThis.sockets = [];
  globalThis.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      sockets.push(this);
    }
  };`;

/** Keeps what the page says about its connection, each time it says something else. */
const KEEP_STATES = `
  globalThis.states = [];
  addEventListener('DOMContentLoaded', () => {
    const bar = document.getElementById('state');
    if (bar) new MutationObserver(() => {
      if (states.at(-1) !== bar.dataset.state) states.push(bar.dataset.state);
    }).observe(bar, { attributes: true, attributeFilter: ['data-state'] });
  });`;

/** The web chat, as somebody uses it. */
export class ChatPage {
  constructor(readonly page: Page) {}

  async login(url: string, jid: string, password: string): Promise<void> {
    await this.page.addInitScript(KEEP_SOCKETS + KEEP_STATES);
    await this.page.goto(url);
    await this.page.getByLabel('Name or address').fill(jid);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Log in' }).click();
    await this.online();
  }

  /** Logged in, and the contact list there. */
  async online(): Promise<void> {
    await this.page.getByText('I am online').waitFor();
  }

  /** Somebody in the contact list. */
  async openContact(name: string): Promise<void> {
    await this.page.locator('converse-roster').getByText(name, { exact: true }).first().click();
    await this.#input.waitFor();
  }

  /** As when the network goes: the socket is closed under the page. */
  async cut(): Promise<void> {
    await this.page.evaluate('globalThis.cut = sockets.at(-1); cut.close()');
  }

  /** After a cut: the page has opened another socket. */
  async reconnected(): Promise<void> {
    // Not by waitForFunction, which needs eval: the page's policy forbids it.
    await expect
      .poll(() => this.page.evaluate('sockets.at(-1) !== cut && sockets.at(-1).readyState'), { timeout: 20_000 })
      .toBe(OPEN);
  }

  /** How light the page's ground is, from 0 to 1. */
  async brightness(): Promise<number> {
    const colour = await this.page.evaluate<string>(
      "getComputedStyle(document.querySelector('.chat-content')).backgroundColor",
    );
    const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
    return (red + green + blue) / 3 / 255;
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

  /** What is shown of the open chat, in order: all texts, or those of one side. */
  texts(side: 'me' | 'them'): Promise<string[]> {
    return this.page.locator(`.chat-msg__content--${side} .chat-msg__text`).allTextContents();
  }

  /** Own messages that look as if the server had not got them yet. */
  waiting(): Promise<string[]> {
    return this.page.locator('.chat-msg--waiting .chat-msg__text').allTextContents();
  }

  /** What the page says about its connection, and in which colours. */
  async state(): Promise<{ is: string | undefined; says: string }> {
    const bar = this.page.locator('#state');
    const [is, says] = await Promise.all([bar.getAttribute('data-state'), bar.innerText()]);
    return { is: is ?? undefined, says: says.replace(/\s+/g, ' ').trim() };
  }

  /** Everything the page has said about its connection since it was loaded. */
  states(): Promise<string[]> {
    return this.page.evaluate('states');
  }

  /** Waits until the page says so. */
  async says(state: 'connected' | 'reconnecting' | 'offline', withinMs = 20_000): Promise<void> {
    await this.page.locator(`#state[data-state=${state}]`).waitFor({ timeout: withinMs });
  }

  /** A message of the open chat, by its whole text. */
  message(text: string): Locator {
    return this.page.locator('.chat-msg__text').getByText(text, { exact: true });
  }

  get #input(): Locator {
    return this.page.locator('textarea.chat-textarea');
  }
}
