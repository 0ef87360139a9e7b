import { describe, expect, it } from 'vitest';
import { startMetricsListener } from './metrics-listener.js';
import { Metrics } from './metrics.js';

describe('the metrics listener', () => {
  it('tells whether the server lives, is ready, and its metrics, and nothing else', async () => {
    let why: string | undefined = 'the database does not answer';
    const metrics = new Metrics();
    metrics.counter('interoffice_test_total', 'Test.').inc();
    const listener = await startMetricsListener({ host: '127.0.0.1', port: 0 }, { metrics, notReady: async () => why });
    const get = async (path: string, method = 'GET') => {
      const reply = await fetch(`http://127.0.0.1:${listener.port}${path}`, { method });
      return `${reply.status} ${(await reply.text()).trim()}`;
    };
    expect(await get('/live')).toBe('200 live');
    expect(await get('/ready')).toBe('503 not ready: the database does not answer');
    why = undefined;
    expect(await get('/ready')).toBe('200 ready');
    expect(await get('/metrics')).toContain('interoffice_test_total 1');
    expect(await get('/debug')).toContain('404');
    expect(await get('/live', 'POST')).toContain('405');
    const busy = startMetricsListener(
      { host: '127.0.0.1', port: listener.port },
      { metrics, notReady: async () => why },
    );
    await expect(busy).rejects.toThrow('INTEROFFICE_LISTEN__METRICS');
    await listener.close();
  });
});
