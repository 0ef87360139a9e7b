import { type Element, xml } from '@interoffice/wire';
import type { TestClient } from './client.js';

/** A chat message; its id is what it says. */
export function chat(to: string, text: string, more: readonly Element[] = []): Element {
  return xml('message', { to, type: 'chat', id: text }, xml('body', {}, text), ...more);
}

/** What the messages say that have come since somebody looked last, errors among them. */
export function bodies(client: TestClient): (string | null)[] {
  return textsOf(taken(client));
}

/** The same without errors, which hold what was sent. */
export function said(client: TestClient): (string | null)[] {
  return textsOf(taken(client).filter(({ attrs }) => attrs['type'] !== 'error'));
}

function taken(client: TestClient): Element[] {
  return client.received.splice(0).filter((element) => element.is('message'));
}

function textsOf(messages: readonly Element[]): (string | null)[] {
  return messages.map((message) => message.getChildText('body'));
}
