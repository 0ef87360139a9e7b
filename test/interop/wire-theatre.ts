import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from '../../apps/ctl/src/control-client.js';
import { type OpenLine, overTcp, overTls, overWebSocket, TestClient } from '../support/client.js';
import type { Theatre } from '../support/script.js';
import type { RunningAppliance } from './appliance.js';

const PASSWORD = 'correct horse';
const LOOK_AGAIN_MS = 5;

/** The ways to a server: the start of TLS inside TCP, TLS from the first byte, and a WebSocket. */
export const WAYS = ['STARTTLS', 'direct TLS', 'WebSocket'] as const;
export type Way = (typeof WAYS)[number];

/** A running appliance with local accounts as a stage for scripts; every account is a fresh one. */
export class WireTheatre implements Theatre {
  readonly #open: OpenLine;

  constructor(
    private readonly appliance: RunningAppliance,
    way: Way,
  ) {
    const { domain, ca } = { domain: appliance.ready.domain, ca: appliance.ca };
    const lines: Record<Way, () => OpenLine> = {
      STARTTLS: () => overTcp({ port: appliance.port('c2s'), ca, domain }),
      'direct TLS': () => overTls({ port: appliance.port('c2s-tls'), ca, domain }),
      WebSocket: () => overWebSocket({ port: appliance.port('https'), ca, domain }),
    };
    this.#open = lines[way]();
  }

  get domain(): string {
    return this.appliance.ready.domain;
  }

  async account(name: string): Promise<{ user: string; password: string }> {
    const user = `${name}-${randomBytes(4).toString('hex')}`;
    const input = { jid: `${user}@${this.domain}`, password: PASSWORD, name: `${name} of Verona` };
    await ask(this.appliance.dataDir, 'user.add', input);
    return { user, password: PASSWORD };
  }

  connect(): Promise<TestClient> {
    return TestClient.open(this.domain, this.#open);
  }

  /** However long a disk takes for a commit. */
  async recorded(): Promise<void> {
    const waits = async (): Promise<boolean> => {
      const { parts } = (await ask(this.appliance.dataDir, 'status', {})) as {
        parts: { name: string; detail: string }[];
      };
      const archive = parts.find(({ name }) => name === 'archive');
      if (archive?.detail === undefined) throw new Error('The status has no archive.');
      return !/\b0 bytes wait/.test(archive.detail);
    };
    while (await waits()) await pause(LOOK_AGAIN_MS);
  }
}
