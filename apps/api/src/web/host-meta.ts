import type { FastifyInstance } from 'fastify';

const WEBSOCKET = 'urn:xmpp:alt-connections:websocket';
const BOSH = 'urn:xmpp:alt-connections:xbosh';

/** How web clients reach the XMPP server. */
export interface WebConnections {
  /** `wss://…` */
  readonly websocket: string;
  /** `https://…`; undefined when BOSH is not served. */
  readonly bosh?: string;
}

/** Serves the links by which web clients find the server (XEP-0156 §3, RFC 6415), to pages of any site. */
export function serveHostMeta(app: FastifyInstance, connections: WebConnections): void {
  const links = [
    { rel: WEBSOCKET, href: connections.websocket },
    ...(connections.bosh === undefined ? [] : [{ rel: BOSH, href: connections.bosh }]),
  ];
  const xml = links.map(({ rel, href }) => `<Link rel="${rel}" href="${escaped(href)}"/>`).join('');
  const document = `<?xml version="1.0" encoding="utf-8"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">${xml}</XRD>`;
  app.get('/.well-known/host-meta', (_request, reply) =>
    reply
      .headers({ 'content-type': 'application/xrd+xml; charset=utf-8', 'access-control-allow-origin': '*' })
      .send(document),
  );
  app.get('/.well-known/host-meta.json', (_request, reply) =>
    reply
      .headers({ 'content-type': 'application/json', 'access-control-allow-origin': '*' })
      .send(JSON.stringify({ links })),
  );
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
