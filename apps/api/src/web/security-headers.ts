import type { FastifyInstance } from 'fastify';

/** Two years (H-05). */
const HSTS_SECONDS = 63_072_000;

const API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** The chat's own policy: Converse sets style attributes, and nothing comes from another host. */
export const CHAT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "media-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

/** The console's policy; its style sheets are made by its script and carry the page's nonce. */
export function consolePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
}

/** Puts the security headers on every answer; a route's own content policy stays. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    const isChat = request.url.startsWith('/chat/');
    if (!reply.hasHeader('content-security-policy')) {
      void reply.header('content-security-policy', isChat ? CHAT_POLICY : API_POLICY);
    }
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store');
    void reply.headers({
      'strict-transport-security': `max-age=${HSTS_SECONDS}; includeSubDomains`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': request.url.startsWith('/.well-known/') ? 'cross-origin' : 'same-origin',
      'permissions-policy': 'camera=(self), microphone=(self), geolocation=(), payment=(), usb=()',
    });
  });
}
