import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { run } from '../interop/line-process.js';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What Converse's bundle does that our Content-Security-Policy stops, without harm to what is seen. */
const KNOWN_VIOLATIONS = [
  // Style sheets that its script makes; the same rules are in its style sheet file.
  'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  'sha256-JRf3eZJIF59VkE1tlxlBPiCQXjGJ1uE88pEYh49RtTY=',
];

/** A page that is watched: what it asks of whom, and what its policy stopped. */
export interface Watched {
  readonly page: Page;
  /** Requests that are not for the page's own origin. */
  readonly strangers: string[];
  /** Breaches of the Content-Security-Policy other than those known of Converse. */
  readonly violations: string[];
  /** Errors that no script caught. */
  readonly errors: string[];
}

/** Chromium as Debian has it, trusting the given authority like any other and no certificate without one. */
export class Chromium {
  private constructor(
    readonly browser: Browser,
    private readonly home: string,
  ) {}

  static async open(authority: string): Promise<Chromium> {
    const home = mkdtempSync(path.join(tmpdir(), 'chromium-'));
    const store = path.join(home, '.pki/nssdb');
    mkdirSync(store, { recursive: true });
    await certutil(store, ['-N', '--empty-password']);
    await certutil(store, ['-A', '-n', 'interoffice', '-t', 'C,,', '-i', authority]);
    const env = { ...process.env, HOME: home };
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS, env });
    return new Chromium(browser, home);
  }

  /** A page of a fresh profile. */
  async watch(options: BrowserContextOptions = {}): Promise<Watched> {
    const context = await this.browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en-GB',
      ...options,
    });
    const page = await context.newPage();
    const watched: Watched = { page, strangers: [], violations: [], errors: [] };
    const isOwn = (url: string): boolean => /^(data|blob):/.test(url) || new URL(url).host === new URL(page.url()).host;
    page.on('request', (request) => {
      if (!request.isNavigationRequest() && !isOwn(request.url())) watched.strangers.push(request.url());
    });
    page.on('websocket', (socket) => {
      if (!isOwn(socket.url())) watched.strangers.push(socket.url());
    });
    page.on('pageerror', (error) => watched.errors.push(String(error)));
    page.on('console', (message) => {
      const text = message.text();
      const isKnown = KNOWN_VIOLATIONS.some((known) => text.includes(known));
      if (/Content Security Policy/i.test(text) && !isKnown) watched.violations.push(text);
    });
    return watched;
  }

  /** Stops every page of this browser where it stands, as sleep does; what is returned lets them go on. */
  async freeze(): Promise<() => void> {
    const session = await this.browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    await session.detach();
    const pages = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
    for (const id of pages) process.kill(id, 'SIGSTOP');
    return () => pages.forEach((id) => process.kill(id, 'SIGCONT'));
  }

  async close(): Promise<void> {
    await this.browser.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

async function certutil(store: string, args: readonly string[]): Promise<void> {
  const { code, complaints } = await run('certutil', ['-d', `sql:${store}`, ...args]);
  if (code !== 0) throw new Error(`certutil: ${complaints}`);
}
