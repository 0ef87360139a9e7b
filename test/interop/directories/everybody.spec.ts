import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ask } from '../../../apps/ctl/src/control-client.js';
import { ApiClient } from '../api-client.js';
import { RunningAppliance } from '../appliance.js';
import { STAFF, TEAMS } from './domain-tree.js';
import { directorySize } from './size.js';
import { GROUPS, PEOPLE } from './slapd-tree.js';

/** For a whole directory, from its first entry to the last record. */
const WITHIN_S = 60;
const SEARCHES = 100;
const SEARCH_WITHIN_MS = 300;
const DOMAIN = 'whole.example';
const ROOT = 'local correct horse';

interface Shown {
  readonly people: number;
  readonly groups: number;
  readonly syncs: readonly {
    readonly kind: string;
    readonly startedAt: string;
    readonly endedAt?: string;
    readonly outcome: string;
  }[];
}

let appliance: RunningAppliance;
let root: ApiClient;

beforeAll(async () => {
  const [slapd, domain] = [inject('slapd'), inject('domainController')];
  const secret = (name: string, password: string): string => {
    const file = path.join(slapd.folder, name);
    writeFileSync(file, password, { mode: 0o600 });
    return file;
  };
  appliance = await RunningAppliance.configured(
    DOMAIN,
    `trust: { ca: ["${slapd.authority}", "${domain.authority}"] }
directory:
  - name: slapd
    url: ["${slapd.url}"]
    bind-dn: "${slapd.reader}"
    password: { file: ${secret('whole-slapd', slapd.password)} }
    base: "${PEOPLE}"
    groups: { base: "${GROUPS}" }
  - name: domain
    kind: active-directory
    url: ["${domain.url}"]
    bind-dn: "${domain.reader}"
    password: { file: ${secret('whole-domain', domain.password)} }
    base: "${STAFF}"
    groups: { base: "${TEAMS}" }
`,
  );
  await ask(appliance.dataDir, 'user.add', { jid: `root@${DOMAIN}`, password: ROOT, role: 'admin' });
  root = await ApiClient.logIn(appliance, `root@${DOMAIN}`, ROOT);
});
afterAll(() => appliance?.remove());

async function synced(name: string): Promise<Shown> {
  const isDone = async (): Promise<boolean> =>
    (await root.get<Shown>(`directories/${name}`)).syncs.some(
      ({ kind, outcome }) => kind === 'full' && outcome === 'done',
    );
  await expect.poll(isDone, { timeout: WITHIN_S * 1000, interval: 200 }).toBe(true);
  return root.get<Shown>(`directories/${name}`);
}

describe('two whole directories', () => {
  it.each(['slapd', 'domain'])('are synced within a minute: %s', async (name) => {
    const { people, groups, syncs } = await synced(name);
    const { startedAt, endedAt } = syncs.find(({ kind }) => kind === 'full')!;
    const seconds = (Date.parse(endedAt!) - Date.parse(startedAt)) / 1000;
    process.stdout.write(`${name}: ${people} people and ${groups} groups synced in ${seconds.toFixed(1)} s\n`);
    const { slapdPeople, domainPeople } = directorySize();
    expect(people).toBeGreaterThanOrEqual(name === 'slapd' ? slapdPeople : domainPeople);
    expect(seconds).toBeLessThanOrEqual(WITHIN_S);
  });

  it('are searched by part-words, accents aside, in a moment', async () => {
    const texts = ['verona', 'müll', 'mull', 'иван', 'p000', 'person 1', 'comma jo'];
    const took: number[] = [];
    for (let i = 0; i < SEARCHES; i++) {
      const from = performance.now();
      const found = await root.get<readonly { fullname: string }[]>('people', { q: texts[i % texts.length]! });
      took.push(performance.now() - from);
      expect(found.length, texts[i % texts.length]).toBeGreaterThan(0);
    }
    took.sort((a, b) => a - b);
    const p95 = took[Math.floor(SEARCHES * 0.95)]!;
    process.stdout.write(
      `${SEARCHES} searches over HTTPS: p50 ${took[SEARCHES / 2]!.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms\n`,
    );
    expect(p95).toBeLessThanOrEqual(SEARCH_WITHIN_MS);
  });
});
