import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { ensureAuthority } from '@interoffice/pki';
import { systemClock } from '@interoffice/telemetry';
import type { TestProject } from 'vitest/node';
import type { Access } from './access.js';
import { DomainController } from './domain-controller.js';
import { directorySize } from './size.js';
import { Slapd } from './slapd.js';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly slapd: Access;
    readonly domainController: Access;
  }
}

/** Both directories, filled once for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  demandOwnNetwork();
  const folder = await mkdtemp(path.join(tmpdir(), 'lab-'));
  const running: { close(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((one) => one.close()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const authority = await ensureAuthority(folder, systemClock);
    const size = directorySize();
    const slapd = await timed('slapd', () => Slapd.open(path.join(folder, 'slapd'), authority, size));
    running.push(slapd);
    const domain = await timed('Samba', () => DomainController.open(folder, authority, size));
    running.push(domain);
    project.provide('slapd', slapd.access);
    project.provide('domainController', domain.access);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/** A domain controller takes ports that a machine may use for something else. */
function demandOwnNetwork(): void {
  const others = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
  if (others.length > 0) throw new Error('run this by `npm run test:interop`, which gives it a network of its own');
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  process.stdout.write(`${what} filled and started in ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  return result;
}
