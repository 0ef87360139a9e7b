import 'reflect-metadata';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Failure } from '@interoffice/telemetry';
import { TLS_SETTINGS } from '@interoffice/transport';
import type { FastifyInstance } from 'fastify';
import { DeclaredPermissions, type DeclaredRoute } from './access/declared-permissions.js';
import { ApiModule } from './api.module.js';
import { ApiDescription } from './openapi/openapi.controller.js';
import type { ApiPorts, StaticApps } from './ports.js';
import { ProblemError } from './problem.js';
import { serveHostMeta, type WebConnections } from './web/host-meta.js';
import { addRequestRules } from './web/request-rules.js';
import { addSecurityHeaders } from './web/security-headers.js';
import { serveStaticApps } from './web/static-apps.js';

/** The largest body of a request: nothing the API takes is near it. */
const MOST_BODY_BYTES = 64 * 1024;

/** A key and certificate, PEM. */
export interface ServingPair {
  readonly key: string;
  readonly certificate: string;
}

/** How the API is served. */
export interface ApiOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: ServingPair;
  readonly apps: StaticApps;
  readonly connections: WebConnections;
  /** More routes on the same port, such as uploads: added before the listener opens. */
  readonly extend?: (app: FastifyInstance) => void | Promise<void>;
}

/** The running API. */
export interface RunningApi {
  readonly port: number;
  /** For WebSocket upgrades on the same port. */
  readonly server: Server;
  readonly routes: readonly DeclaredRoute[];
  /** New handshakes use the new certificate; connections that are open stay. */
  replaceCertificate(pair: ServingPair): void;
  stop(): Promise<void>;
}

/**
 * Starts the API and the pages on the https listener. Rejects when a route declares no permission, and with PORT_BUSY
 * when the address is taken.
 */
export async function startApi(ports: ApiPorts, options: ApiOptions): Promise<RunningApi> {
  const app = await createApplication(ports, options);
  const server = app.getHttpServer() as unknown as Server;
  const { host, port } = options.listen;
  try {
    await app.listen(port, host);
  } catch (cause) {
    await app.close();
    const what = `${host}:${port} cannot be listened on; choose another with INTEROFFICE_LISTEN__HTTPS`;
    throw new Failure('PORT_BUSY', what, { cause });
  }
  const bound = (server.address() as AddressInfo).port;
  ports.log.info('api.started', { host, port: bound });
  return {
    port: bound,
    server,
    routes: app.get(DeclaredPermissions).routes(),
    replaceCertificate: (pair) => server.setSecureContext({ ...tlsOptions(pair) }),
    stop: async () => {
      server.closeIdleConnections();
      await app.close();
      ports.log.info('api.stopped');
    },
  };
}

async function createApplication(ports: ApiPorts, options: ApiOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    https: tlsOptions(options.tls),
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: 30_000,
    connectionTimeout: 0,
    keepAliveTimeout: 60_000,
    forceCloseConnections: true,
    trustProxy: false,
    logger: false,
  } as never);
  const fastify = adapter.getInstance();
  addSecurityHeaders(fastify);
  addRequestRules(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.forRoot(ports), adapter, {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: invalid }));
  serveHostMeta(fastify, options.connections);
  await serveStaticApps(fastify, options.apps);
  await options.extend?.(fastify);
  await app.init();
  app.get(ApiDescription).document = describeApi(app);
  return app;
}

function describeApi(app: NestFastifyApplication) {
  const config = new DocumentBuilder()
    .setTitle('Interoffice')
    .setDescription('Administration and compliance. Errors are problems (RFC 9457) with a stable code.')
    .setVersion('1')
    .addBearerAuth()
    .addCookieAuth('__Host-interoffice')
    .build();
  return SwaggerModule.createDocument(app, config);
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[];
}

function invalid(issues: readonly Issue[]): ProblemError {
  const errors = issues.slice(0, 20).map(({ message, path = [] }) => ({
    path: path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.'),
    message,
  }));
  const [first] = errors;
  return new ProblemError('BAD_REQUEST', first && [first.path, first.message].filter(Boolean).join(': '), { errors });
}

function tlsOptions({ key, certificate }: ServingPair) {
  return { ...TLS_SETTINGS, key, cert: certificate, ALPNProtocols: ['http/1.1'] };
}
