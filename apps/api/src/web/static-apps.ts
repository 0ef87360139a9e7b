import fastifyStatic from '@fastify/static';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { StaticApps } from '../ports.js';
import { consolePolicy } from './security-headers.js';

/** Stands in the console's page where the nonce of the answer goes. */
const NONCE_PLACE = '__NONCE__';

/** Serves the built pages: `/console/` and `/chat/`. `/` leads to the chat, or to the console where there is none. */
export async function serveStaticApps(app: FastifyInstance, apps: StaticApps): Promise<void> {
  if (apps.console !== undefined) await serveConsole(app, apps.console);
  if (apps.chat !== undefined) await serveChat(app, apps.chat);
  const start = apps.chat === undefined ? '/console/' : '/chat/';
  app.get('/', (_request, reply) => reply.redirect(start, 302));
}

async function serveConsole(app: FastifyInstance, root: string): Promise<void> {
  const page = await readFile(join(root, 'index.html'), 'utf8');
  app.get('/console', (_request, reply) => reply.redirect('/console/', 302));
  app.get('/console/', (_request, reply) => {
    const nonce = randomBytes(16).toString('base64');
    return reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': consolePolicy(nonce),
        'cache-control': 'no-store',
      })
      .send(page.replaceAll(NONCE_PLACE, nonce));
  });
  await app.register(fastifyStatic, { ...filesOf(root), prefix: '/console/', index: false });
}

async function serveChat(app: FastifyInstance, root: string): Promise<void> {
  app.get('/chat', (_request, reply) => reply.redirect('/chat/', 302));
  await app.register(fastifyStatic, { ...filesOf(root), prefix: '/chat/', index: ['index.html'] });
}

function filesOf(root: string) {
  return { root, decorateReply: false, dotfiles: 'ignore', cacheControl: true, maxAge: 3_600_000 } as const;
}
