import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { ensureAuthority } from '@interoffice/pki';
import { systemClock } from '@interoffice/telemetry';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { DeclaredPermissions } from './access/declared-permissions.js';
import { Public } from './access/permission.js';
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

function fingerprint(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
