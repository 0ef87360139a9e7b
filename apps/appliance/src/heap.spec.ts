import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** A process with many TLS connections that live: whole collections while they came. */
const MANY_CONNECTIONS = `
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import tls from 'node:tls';
let collections = 0;
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections++;
}).observe({ entryTypes: ['gc'] });
const secureContext = tls.createSecureContext();
const kept = [];
for (let i = 0; i < 3000; i++) {
  const line = new Duplex({ read: () => undefined, write: (chunk, encoding, done) => done() });
  kept.push(new tls.TLSSocket(line, { isServer: true, secureContext }));
  if (i % 20 === 0) await wait(1);
}
await wait(50);
process.stdout.write(String(collections));
process.exit();`;

/** As the commands start the server, with or without what the server says to V8. */
function collections({ areCounted }: { areCounted: boolean }): number {
  const heap = path.join(import.meta.dirname, 'heap.ts');
  const counted = areCounted ? `import { countBuffersAsHeap } from '${heap}'; countBuffersAsHeap();` : '';
  const args = ['--initial-heap-size=160', '--input-type=module', '--eval', counted + MANY_CONNECTIONS];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 }));
}

describe('thousands of people over TLS', () => {
  it('do not make V8 collect everything again and again while they log in', () => {
    expect(collections({ areCounted: true })).toBeLessThan(collections({ areCounted: false }));
  });
});
