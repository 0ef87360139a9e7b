import type { Api } from './converse.js';

const AGAIN_MS = 3000;

/**
 * COMPAT(converse.js, 14.0.0): it fetches its list of emoji with the first message that is written, and when that fails it
 * cannot send any. Here the list is fetched when the page starts, and again until it is there.
 */
export function loadEmoji(api: Api): void {
  api.listen.on('loadEmojis', (_context, list) => (isEmpty(list) ? fetchUntilThere() : list));
  api.listen.on('pluginsInitialized', () => api.emojis.initialize());
}

function isEmpty(list: unknown): boolean {
  return Object.keys(list as object).length === 0;
}

async function fetchUntilThere(): Promise<unknown> {
  for (;;) {
    const response = await fetch('/chat/emoji.json').catch(() => undefined);
    if (response?.ok) return response.json();
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
