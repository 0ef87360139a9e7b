import path from 'node:path';
import { LinkListener } from '@interoffice/cluster';
import type { Settings } from '@interoffice/config';
import { ensureSecret, type KeyPair, type WatchedCertificate } from '@interoffice/pki';
import {
  type Clock,
  describeError,
  Failure,
  jsonLog,
  type Log,
  Metrics,
  startMetricsListener,
  systemClock,
} from '@interoffice/telemetry';
import { TlsContext } from '@interoffice/transport';
import { CertificateUpkeep } from './certificates/upkeep.js';
import { Reporting } from './certificates/reporting.js';
import { CertificateReload } from './certificate-reload.js';
import './events.js';
import { linkProof } from './link-trust.js';
import { OfficeGateway } from './office-gateway.js';

const STOP_WITHIN_MS = 10_000;

/** A gateway that is up. */
export interface RunningGateway {
  readonly listen: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface GatewayProcessParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * A gateway in a process of its own, for the edge of an office's network: the server dials it and it opens nothing
 * inwards; it has no database and keeps nothing. Rejects with GATEWAY_SETTINGS, PORT_BUSY and for unreadable files.
 */
export async function startGateway({ settings, clock, log }: GatewayProcessParts): Promise<RunningGateway> {
  const { gateway: own, trustedAuthorities, dataDir } = settings;
  if (!own) throw new Failure('GATEWAY_SETTINGS', 'gateway is missing: say where the server dials this gateway.');
  const metrics = new Metrics();
  let reload: CertificateReload | undefined;
  let office: OfficeGateway | undefined;
  const upkeep = new CertificateUpkeep({
    settings,
    clock,
    log,
    metrics,
    others: () => (office ? watchedOf(office) : []),
    renewed: () => reload?.reload(),
  });
  const pair = await firstPair(upkeep);
  const tls = new TlsContext(pair);
  const opened = await OfficeGateway.open({
    settings,
    tls,
    authorities: [],
    secret: own.dialbackSecret
      ? Buffer.from(own.dialbackSecret, 'hex')
      : await ensureSecret(path.join(dataDir, 'secret')),
    clock,
    log,
    metrics,
  });
  office = opened;
  const links = new LinkListener(own.listen, {
    identity: { key: pair.key, certificate: pair.certificate },
    prove: await linkProof(trustedAuthorities, own.server, { clock }),
    take: opened.takeLink,
    refused: ({ code, text }, remote) => log.warn('gateway.link.refused', { code, text, remote }),
  });
  const port = await links.listen();
  reload = new CertificateReload({
    files: pair.files,
    tls,
    clock,
    log,
    replaced: () => links.replace({ key: tls.pair.key, certificate: tls.pair.certificate }),
  });
  reload.start();
  const { s2s, s2sTls } = await opened.start();
  upkeep.start();
  upkeep.becomeGateway(tls);
  const reporting = new Reporting(upkeep, (report) => opened.report(report));
  reporting.start();
  const at = (host: string, where: number | undefined): string | undefined =>
    where === undefined ? undefined : `${host}:${where}`;
  const { listen } = settings;
  const notReady = async (): Promise<string | undefined> =>
    opened.isSetUp ? undefined : 'no server is linked to this gateway';
  const status =
    listen.metrics === false ? undefined : await startMetricsListener(listen.metrics, { metrics, notReady });
  const all = {
    link: at(own.listen.host, port),
    s2s: listen.s2s === false ? undefined : at(listen.s2s.host, s2s),
    's2s-tls': listen.s2sTls === false ? undefined : at(listen.s2sTls.host, s2sTls),
    metrics: status && at(status.host, status.port),
  };
  return {
    listen: Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1]))),
    stop: async () => {
      await upkeep.stop();
      reporting.stop();
      reload?.stop();
      await opened.stop();
      await links.close();
      await status?.close();
    },
  };
}

/** Of peers, what is watched for its end. */
function watchedOf({ seen }: OfficeGateway): WatchedCertificate[] {
  return seen.flatMap(({ domain, shown }) => {
    const { fingerprint, notAfter } = shown as Partial<WatchedCertificate>;
    return fingerprint === undefined || notAfter === undefined
      ? []
      : [{ whose: 'peer' as const, domain, fingerprint, notAfter }];
  });
}

async function firstPair(upkeep: CertificateUpkeep): Promise<KeyPair> {
  try {
    return await upkeep.firstPair();
  } catch (cause) {
    const why = upkeep.renewal?.state.failed?.text ?? (cause instanceof Failure ? cause.message : describeError(cause));
    const what = 'a gateway shows a certificate of its own, and there is none that it could use';
    throw new Failure('GATEWAY_SETTINGS', `certificate: ${what}. ${why}`, { cause });
  }
}

/** In the foreground until SIGTERM or SIGINT. Rejects when the start fails. */
export async function runGateway(settings: Settings): Promise<void> {
  const write = (line: string): void => void process.stderr.write(line);
  const log = jsonLog({ write, now: () => systemClock.now(), level: 'info' });
  const asked = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
  const gateway = await startGateway({ settings, clock: systemClock, log });
  process.stdout.write(`${JSON.stringify({ event: 'ready', domain: settings.domains[0], listen: gateway.listen })}\n`);
  log.info('gateway.stopping', { signal: await asked });
  const late = setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  try {
    await gateway.stop();
  } catch (error) {
    log.error('gateway.stop.failed', { reason: describeError(error) });
    process.exitCode = 1;
  }
  clearTimeout(late);
  process.exit();
}
