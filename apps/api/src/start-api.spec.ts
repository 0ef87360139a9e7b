import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { ensureAuthority } from '@interoffice/pki';
import { Metrics, systemClock } from '@interoffice/telemetry';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { DeclaredPermissions } from './access/declared-permissions.js';
import { Public } from './access/permission.js';
import { startMetricsListener } from './health/metrics-listener.js';
import { startApi } from './start-api.js';
import { ApiStage } from './testing/stage.contract.js';

@Controller('good')
class GoodController {
  @Get()
  @Public()
  hello(): string {
    return 'hello';
  }
}

@Controller('forgotten')
class ForgottenController {
  @Get('things')
  things(): string {
    return 'hello';
  }
}

const stages: ApiStage[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.stop();
});

// W-03
describe('a route without a declared permission', () => {
  it('stops the start', async () => {
    @Module({
      imports: [DiscoveryModule],
      controllers: [GoodController, ForgottenController],
      providers: [DeclaredPermissions],
    })
    class Forgetful {}
    const start = NestFactory.createApplicationContext(Forgetful, { logger: false, abortOnError: false });
    await expect(start).rejects.toThrow('ForgottenController.things does not declare a permission');
  });
});

describe('the https listener', () => {
  it('names the busy port and the way out', async () => {
    const stage = await new ApiStage().start();
    stages.push(stage);
    const dir = await mkdtemp(join(tmpdir(), 'api-'));
    const tls = await (
      await ensureAuthority(dir, systemClock)
    ).issue({ names: ['localhost'], nowMs: Date.now(), days: 1 });
    const again = startApi(stage.ports, {
      listen: { host: '127.0.0.1', port: stage.api.port },
      tls,
      apps: { console: undefined, chat: undefined },
      connections: { websocket: 'wss://localhost/ws' },
    });
    await expect(again).rejects.toThrow('INTEROFFICE_LISTEN__HTTPS');
    const before = await fingerprint(stage.api.port);
    stage.api.replaceCertificate(tls);
    expect(await fingerprint(stage.api.port)).not.toBe(before);
    await rm(dir, { recursive: true, force: true });
  });
});

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

function fingerprint(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
