import type { ConnectionState } from './stream/state.js';

/** Says what the connection is doing, from the first `show` on. Each change is announced (role=status); the seconds that run are only to be seen. */
export class ConnectionBar {
  readonly #text: HTMLElement;
  readonly #next: HTMLElement;
  readonly #button: HTMLButtonElement;
  #state: ConnectionState | undefined;

  #waiting = 0;

  /** `tryNow`: somebody does not want to wait, or wants the chat on this page again. */
  constructor(
    private readonly root: HTMLElement,
    tryNow: () => void,
  ) {
    this.#text = root.querySelector('[role=status]')!;
    this.#next = root.querySelector('.next')!;
    this.#button = root.querySelector('button')!;
    this.#button.addEventListener('click', tryNow);
    for (const event of ['online', 'offline']) addEventListener(event, () => this.#draw());
    setInterval(() => this.#tick(), 500);
    const reserve = (): void => document.body.style.setProperty('--state-height', `${root.offsetHeight}px`);
    new ResizeObserver(reserve).observe(root);
  }

  show(state: ConnectionState): void {
    this.#state = state;
    this.#draw();
  }

  /** So many messages have not been acknowledged by the server. */
  count(waiting: number): void {
    this.#waiting = waiting;
    this.#tick();
  }

  #draw(): void {
    const { root } = this;
    const state = this.#state;
    if (state === undefined) return;
    root.hidden = false;
    root.dataset['state'] = isOffline(state) ? 'offline' : state.is;
    const text = sentence(state);
    if (this.#text.textContent !== text) this.#text.textContent = text;
    this.#button.hidden = !('nextTryAt' in state) && state.is !== 'replaced';
    this.#button.textContent = state.is === 'replaced' ? 'Use it here' : 'Try now';
    this.#tick();
  }

  #tick(): void {
    const text = [nextTry(this.#state), this.#unsent()].filter(Boolean).join(' ');
    if (this.#next.textContent !== text) this.#next.textContent = text;
  }

  #unsent(): string {
    const count = this.#waiting;
    if (count === 0 || this.#state?.is === 'connected') return '';
    return count === 1 ? '1 message waits to be sent.' : `${count} messages wait to be sent.`;
  }
}

function isOffline(state: ConnectionState): boolean {
  return state.is === 'reconnecting' && !navigator.onLine;
}

const SENTENCES = {
  connecting: 'Connecting …',
  connected: 'Connected',
  replaced: 'The chat goes on in another window.',
} as const;

function sentence(state: ConnectionState): string {
  if (state.is !== 'reconnecting') return SENTENCES[state.is];
  const since = new Date(state.since).toLocaleTimeString();
  return isOffline(state)
    ? `Offline since ${since}: this device has no network. What you write is kept.`
    : `No connection since ${since}. What you write is kept.`;
}

function nextTry(state: ConnectionState | undefined): string {
  if (state?.is !== 'reconnecting') return '';
  if (state.nextTryAt === undefined) return 'Connecting …';
  const seconds = Math.max(0, Math.ceil((state.nextTryAt - Date.now()) / 1000));
  return `${state.reason === undefined ? '' : `${state.reason} `}Next try in ${seconds} s.`;
}
