import { createSecureContext } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '@interoffice/telemetry';
import { TlsContext } from '@interoffice/transport';
import { RecordingLog } from '../../../test/support/recording-log.js';
import { pairForLocalhost } from '../../../test/support/transport-peer.js';
import { rehearse } from './rehearsal.js';

const sockets = (): string[] => process.getActiveResourcesInfo().filter((kind) => /TCP|TLS/.test(kind));

describe('the rehearsal before the listeners open', () => {
  it('plays log-ins with and without TLS, and leaves no connection, no port and no line in the log', async () => {
    const tls = new TlsContext(await pairForLocalhost());
    const log = new RecordingLog();
    const before = sockets();
    const { logins } = await rehearse({ tls, clock: systemClock, log });
    expect(logins).toBeGreaterThan(1);
    // The system takes a moment to close what was closed.
    await expect.poll(sockets).toEqual(before);
    expect(log.events).toEqual([]);
  });

  it('ends when its time is up, however slow log-ins are', async () => {
    const tls = new TlsContext(await pairForLocalhost());
    let now = 0;
    const slow: Clock = { now: () => (now += 100) };
    const { logins } = await rehearse({ tls, clock: slow, log: new RecordingLog() });
    expect(logins).toBeGreaterThan(0);
    expect(logins).toBeLessThan(50);
  });

  it('that fails is a warning, and the server starts all the same', async () => {
    // No handshake ends well without a certificate.
    const broken = { secure: createSecureContext() } as TlsContext;
    const log = new RecordingLog();
    await rehearse({ tls: broken, clock: systemClock, log });
    expect(log.count('server.rehearsal.failed')).toBe(1);
  });
});
