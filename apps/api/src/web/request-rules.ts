import type { FastifyInstance, FastifyRequest } from 'fastify';
import { cookieToken } from '../login/session-cookie.js';
import { ProblemError } from '../problem.js';
import { WITNESS_PATH } from './witness-route.js';
import { send } from '../problem.filter.js';

const READS = new Set(['GET', 'HEAD']);

/**
 * What every request has to meet before a route is looked at: it comes from our own pages or from no page at all
 * (CSRF), and its body is plain JSON. W-07, X-15.
 */
export function addRequestRules(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const problem = crossSite(request) ?? unreadableBody(request);
    if (problem) return send(reply, problem);
    return undefined;
  });
}

function crossSite(request: FastifyRequest): ProblemError | undefined {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (READS.has(request.method)) {
    // Reading is safe from anywhere except where it leaves a trace and costs something: the API.
    const isForeign = site === 'cross-site' || site === 'same-site';
    return isForeign && request.url.startsWith('/api/') ? new ProblemError('CROSS_SITE') : undefined;
  }
  const isForeign =
    (site !== undefined && site !== 'same-origin') || (origin !== undefined && origin !== `https://${host}`);
  // A cookie means a browser, and every browser says where a request that changes something comes from.
  const isUnsaid = site === undefined && origin === undefined && cookieToken(request.headers) !== undefined;
  return isForeign || isUnsaid ? new ProblemError('CROSS_SITE') : undefined;
}

function unreadableBody({ method, headers, url }: FastifyRequest): ProblemError | undefined {
  // Other programs ask there, in the words of their protocol.
  if (READS.has(method) || url === WITNESS_PATH) return undefined;
  const encoding = headers['content-encoding'];
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  const type = headers['content-type'];
  const isJson = type !== undefined && /^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(type);
  if (encoding !== undefined && encoding !== 'identity') return new ProblemError('UNSUPPORTED_MEDIA_TYPE');
  if ((hasBody || type !== undefined) && !isJson) return new ProblemError('UNSUPPORTED_MEDIA_TYPE');
  return undefined;
}
