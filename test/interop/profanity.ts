import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from './line-process.js';

const LOOK_AGAIN_MS = 100;

/** profanity on a terminal of its own in tmux; it trusts the given authority and no other. */
export class Profanity {
  readonly #socket = `interop-${randomBytes(4).toString('hex')}`;
  readonly #home = mkdtempSync(path.join(tmpdir(), 'profanity-'));

  static async open(authority: string): Promise<Profanity> {
    const profanity = new Profanity();
    await profanity.#trust(authority);
    const home = profanity.#home;
    const variables = {
      HOME: home,
      XDG_CONFIG_HOME: `${home}/config`,
      XDG_DATA_HOME: `${home}/data`,
      LC_ALL: 'C.UTF-8',
    };
    const given = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    await profanity.#tmux('new-session', '-d', '-x', '140', '-y', '50', ['env', ...given, 'profanity'].join(' '));
    await profanity.shows("Type '/help'");
    await profanity.types(`/tls certpath set ${home}/authorities`);
    await profanity.shows('Certificate path set');
    return profanity;
  }

  async login(jid: string, password: string, port: number): Promise<void> {
    await this.types(`/connect ${jid} server localhost port ${port} tls force`);
    await this.shows('Enter password');
    await this.types(password);
    await this.shows('logged in successfully');
  }

  async types(line: string): Promise<void> {
    await this.#tmux('send-keys', '-l', line);
    await this.#tmux('send-keys', 'Enter');
  }

  /** Waits until the terminal shows it. */
  async shows(text: string, waitMs = 20_000): Promise<void> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const screen = await this.screen();
      if (screen.includes(text)) return;
      if (performance.now() > deadline) throw new Error(`profanity does not show "${text}":\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  async screen(): Promise<string> {
    return this.#tmux('capture-pane', '-p', '-J');
  }

  async close(): Promise<void> {
    await run('tmux', ['-L', this.#socket, 'kill-server']);
    rmSync(this.#home, { recursive: true, force: true });
  }

  /** OpenSSL finds authorities in a directory by the hash of their names. */
  async #trust(authority: string): Promise<void> {
    const directory = path.join(this.#home, 'authorities');
    mkdirSync(directory);
    copyFileSync(authority, path.join(directory, 'ca.pem'));
    const { code, complaints } = await run('openssl', ['rehash', directory]);
    if (code !== 0) throw new Error(complaints);
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const done = await run('tmux', ['-u', '-L', this.#socket, '-f', '/dev/null', ...args]);
    if (done.code !== 0) throw new Error(`tmux ${args[0]}: ${done.complaints}`);
    return done.text;
  }
}
