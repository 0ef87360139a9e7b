import { z } from 'zod';
import { listOf, listQuery } from './lists.js';

const moment = z.iso.datetime();

/** Which way something crosses our border. */
export const PeerDirection = z
  .enum(['in', 'out'])
  .meta({ id: 'PeerDirection', description: 'Which way: `out` is from ours to theirs.' });
export type PeerDirection = z.infer<typeof PeerDirection>;

/** How we stand with another server. */
export const PeerState = z.enum(['up', 'calling', 'idle', 'denied']).meta({
  id: 'PeerState',
  description: '`idle`: nothing has been sent to it yet; `denied`: policy lets nothing pass.',
});
export type PeerState = z.infer<typeof PeerState>;

/** Why a line is down. */
export const PeerEnd = z
  .object({
    code: z.string().describe('Stable.'),
    text: z.string().describe('What happened, on whose side, and what to do.'),
  })
  .meta({ id: 'PeerEnd' });
export type PeerEnd = z.infer<typeof PeerEnd>;

const underWay = z.int().describe('Stanzas that were sent and that the peer has not taken yet.');
const nextTryAt = moment.optional().describe('When it is called next, unless somebody asks for it sooner.');

/** The line from one of our domains to a peer. */
export const PeerLine = z
  .object({
    domain: z.string().describe('Ours.'),
    state: z.enum(['up', 'calling', 'idle']),
    since: moment.describe('Since when it is in this state.'),
    gateway: z.string().optional().describe('Ours that carries it, or calls for it; absent where none is there.'),
    address: z.string().optional().describe('Network address of the server it leads, or led, to.'),
    direction: z
      .enum(['out', 'both'])
      .describe('Of its connection: `both` carries what the peer sends as well (XEP-0288).'),
    openedBy: z.enum(['us', 'peer']).describe('Who has opened that connection.'),
    acknowledges: z
      .boolean()
      .describe('The peer says what it has taken (XEP-0198); otherwise what was written counts.'),
    underWay,
    lastEnd: PeerEnd.optional().describe('Why it is down; absent while it is up.'),
    nextTryAt,
  })
  .meta({ id: 'PeerLine' });
export type PeerLine = z.infer<typeof PeerLine>;

/** A gateway of ours to other servers. */
export const Gateway = z
  .object({
    name: z.string().describe('`local`, or where it is dialled.'),
    domains: z.array(z.string()).describe('Ours that it speaks for.'),
    state: z.enum(['up', 'away', 'new']).describe('`new`: it has not been reached since the server began.'),
    since: moment,
    lines: z.int().describe('Lines that it carries.'),
    lastEnd: PeerEnd.optional().describe('Why it is away.'),
  })
  .meta({ id: 'Gateway' });
export type Gateway = z.infer<typeof Gateway>;

/** `GET /api/v1/peers/gateways`: all there are, in the order of the settings. */
export const GatewayList = z.object({ items: z.array(Gateway), total: z.int() }).meta({ id: 'GatewayList' });
export type GatewayList = z.infer<typeof GatewayList>;

/** Another server. Its state is that of the worst of its lines. */
export const Peer = z
  .object({
    domain: z.string(),
    state: PeerState,
    since: moment.optional().describe('Since when; absent where there is no line yet.'),
    directions: z.array(PeerDirection).describe('Ways in which a rule lets something pass now; none: it is denied.'),
    underWay,
    lastEnd: PeerEnd.optional().describe('Of the line that is down.'),
    nextTryAt,
    lines: z.array(PeerLine),
    office: z.boolean().describe('Another office of ours: `federation.peers[].office`.'),
    via: z.string().optional().describe('An office of ours that everything to it and from it goes through.'),
    carries: z.array(z.string()).describe('Those that are reached through it.'),
    passedOn: z
      .object({ to: z.array(z.string()), from: z.array(z.string()) })
      .describe('By `federation.relay`: where what it sends goes on to from here, and whose goes on to it.'),
  })
  .meta({ id: 'Peer' });
export type Peer = z.infer<typeof Peer>;

export const PeerList = listOf(Peer).meta({ id: 'PeerList' });
export type PeerList = z.infer<typeof PeerList>;

/** `GET /api/v1/peers`: who has a line, and who is named in a rule by the whole domain. */
export const PeerListQuery = z.strictObject({
  text: z.string().max(200).optional().describe('Part of the domain, or of why it is down.'),
  state: PeerState.optional(),
  ...listQuery(['domain', 'state', 'since', 'underWay']),
});
export type PeerListQuery = z.infer<typeof PeerListQuery>;

/** One certificate that a peer has shown. */
export const PeerCertificate = z
  .object({
    subject: z.string(),
    issuer: z.string(),
    names: z.object({
      dns: z.array(z.string()),
      srv: z.array(z.string()),
      xmppAddr: z.array(z.string()),
      ip: z.array(z.string()),
    }),
    purposes: z
      .array(z.string())
      .optional()
      .describe('Extended key usages: `serverAuth`, `clientAuth`, or an OID; absent: any.'),
    notBefore: moment,
    notAfter: moment,
    fingerprint: z.string().describe('SHA-256 over the certificate.'),
    keyHash: z.string().describe('SHA-256 over the public key, base64: what is set as `keys` of a peer.'),
  })
  .meta({ id: 'PeerCertificate' });
export type PeerCertificate = z.infer<typeof PeerCertificate>;

/** The stations on the way to a peer, in their order. */
export const PEER_STAGES = [
  'resolve',
  'proxy',
  'connect',
  'stream',
  'tls',
  'certificate',
  'features',
  'authentication',
  'policy',
] as const;

/** One try to reach a peer. */
export const PeerAttempt = z
  .object({
    domain: z.string().describe('Ours, for which it was tried.'),
    gateway: z.string().optional().describe('Ours, from which it was tried.'),
    at: moment,
    tookMs: z.number(),
    stage: z.string().describe(`How far it came: ${PEER_STAGES.join(', ')}; \`ready\` is the end of the way.`),
    address: z.string().optional(),
    port: z.int().optional(),
    code: z.string().describe('`ok`, or a stable code for what went wrong.'),
    text: z.string().describe('What happened, on whose side, and what to do.'),
    chain: z.array(PeerCertificate).describe('What the peer has shown, its own certificate first.'),
  })
  .meta({ id: 'PeerAttempt' });
export type PeerAttempt = z.infer<typeof PeerAttempt>;

/** What became of a call for its own sake, from each gateway of ours. */
export const PeerTest = z
  .object({
    gateways: z.array(
      z.object({
        name: z.string(),
        attempts: z.array(PeerAttempt).describe('In their order; the last one says what became of it.'),
        fault: PeerEnd.optional().describe('Why it was not called from there at all.'),
      }),
    ),
  })
  .meta({ id: 'PeerTest' });
export type PeerTest = z.infer<typeof PeerTest>;

/** A server that came to us and was not let in. */
export const TurnedAway = z
  .object({
    at: moment,
    peer: z.string().describe('Who it said it is.'),
    domain: z.string().optional().describe('Ours, to which it wanted.'),
    address: z.string().optional(),
    code: z.string(),
    text: z.string(),
  })
  .meta({ id: 'TurnedAway' });
export type TurnedAway = z.infer<typeof TurnedAway>;

export const TurnedAwayList = listOf(TurnedAway).meta({ id: 'TurnedAwayList' });
export type TurnedAwayList = z.infer<typeof TurnedAwayList>;

/** `GET /api/v1/peers/turned-away`. */
export const TurnedAwayListQuery = z.strictObject({
  text: z.string().max(200).optional().describe('Part of who it said it is, of its address, or of why.'),
  ...listQuery(['at', 'peer']),
});
export type TurnedAwayListQuery = z.infer<typeof TurnedAwayListQuery>;

/** One peer, with what was tried. */
export const PeerDetail = Peer.extend({
  attempts: z.array(PeerAttempt).describe('The latest 20, the newest first.'),
  turnedAway: z.array(TurnedAway).describe('When it came to us and was not let in, the newest first.'),
}).meta({ id: 'PeerDetail' });
export type PeerDetail = z.infer<typeof PeerDetail>;

const counts = z
  .object({
    chat: z.int(),
    room: z.int(),
    presence: z.int(),
    file: z.int(),
    call: z.int(),
    pubsub: z.int(),
    iq: z.int(),
    refused: z.int().describe('What policy did not let pass.'),
  })
  .meta({ id: 'TrafficCounts', description: 'Stanzas by class; one of two classes counts in both.' });
export type TrafficCounts = z.infer<typeof counts>;

/** `GET /api/v1/peers/{domain}/traffic`. */
export const PeerTrafficQuery = z.strictObject({
  hours: z.enum(['1', '6', '24']).default('24').describe('How far back; the steps follow from it.'),
});
export type PeerTrafficQuery = z.infer<typeof PeerTrafficQuery>;

/** What went to and from a peer since this server was started, a day at most. */
export const PeerTraffic = z
  .object({
    stepMinutes: z.int(),
    points: z
      .array(z.object({ at: moment, in: counts, out: counts }))
      .describe('The oldest first; none: nothing went.'),
  })
  .meta({ id: 'PeerTraffic' });
export type PeerTraffic = z.infer<typeof PeerTraffic>;

/** `POST /api/v1/peers/{domain}/contacts`: what the peer's server says now. XEP-0157 */
export const PeerContacts = z
  .object({
    contacts: z
      .array(z.object({ kind: z.string().describe('`abuse`, `admin`, `security` …'), addresses: z.array(z.string()) }))
      .describe('As the peer gives them: mailto, xmpp, https and tel only.'),
  })
  .meta({ id: 'PeerContacts' });
export type PeerContacts = z.infer<typeof PeerContacts>;
