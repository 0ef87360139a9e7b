import { choice, domain, duration, flag, secret, text, whole } from './kinds.js';
import { group, list, optional, scalar, type About, type Schema } from './schema.js';
import { parseDomain } from './units.js';

/** A day: the first moment of it in UTC, in milliseconds when checked. */
function day(about: About): Schema<number> {
  return scalar('a day, such as 2027-01-31', parseDay, about);
}

function parseDay(written: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}/.test(written)) return undefined;
  const moment = Date.parse(written);
  return Number.isNaN(moment) ? undefined : moment;
}

/** Whom a rule names: `partner.example`, `*.partner.example` or `*`. */
function peerPattern(about: About): Schema<string> {
  return scalar('partner.example, *.partner.example for what is below it, or *', parsePattern, about);
}

function parsePattern(written: string): string | undefined {
  if (written === '*') return written;
  const isBelow = written.startsWith('*.');
  const domain = parseDomain(isBelow ? written.slice(2) : written);
  // Below a single label would be a whole top-level domain.
  if (domain === undefined || (isBelow && !domain.includes('.'))) return undefined;
  return isBelow ? `*.${domain}` : domain;
}

const route = group(
  {
    host: text({ says: 'Name or address of the server.' }),
    port: whole({ least: 1, most: 65_535 }, { says: 'Its port.', initial: 5269 }),
    tls: choice(['starttls', 'direct'], { says: '`direct`: TLS from the first byte.', initial: 'starttls' }),
    servername: optional(domain({ says: 'What is asked for by SNI; without it the domain of the peer.' })),
    identity: optional(
      list(domain({ says: 'A domain.' }), {
        says: 'Domains of which its certificate has to name one, both ways; without it that of the peer.',
      }),
    ),
  },
  { says: 'A fixed way to the peer, instead of what DNS says.' },
);

const STRANGERS = ['deliver', 'ask', 'refuse'] as const;

const peer = group(
  {
    domain: domain({ says: 'The domain of the peer.' }),
    office: flag({
      says: 'It is another office of ours, with a server of its own: rooms go on in both while the line is down, and are merged.',
      initial: false,
    }),
    via: optional(
      domain({
        says: 'An office of ours, a peer as well, that everything to it goes through, and that is believed when it brings what comes from there.',
      }),
    ),
    route: optional(route),
    ca: optional(
      list(text({ says: 'A file.' }), {
        says: 'PEM files of the authorities that vouch for this peer alone, in place of `trust.ca`.',
      }),
    ),
    keys: optional(
      list(text({ says: 'A key.' }), {
        says: 'The only keys that are the peer’s: SHA-256 of the public key in base64.',
      }),
    ),
    discover: choice(['dns', 'host-meta'], {
      says: '`host-meta`: its own web server says where it is (XEP-0487), and DNS where that does not.',
      initial: 'dns',
    }),
    authentication: choice(['certificate', 'dialback'], {
      says: '`dialback`: the peer is believed without a certificate that holds, by what DNS says (XEP-0220), inside TLS.',
      initial: 'certificate',
    }),
    bidi: optional(
      flag({
        says: 'As `federation.bidi`, for this peer: true also where the way to it is fixed (`route`, `federation.proxy`).',
      }),
    ),
    strangers: optional(choice(STRANGERS, { says: 'As `federation.strangers`, for this peer.' })),
  },
  { says: 'A peer that is not like the others.' },
);

const proxy = group(
  {
    kind: choice(['http', 'socks5'], { says: '`http`: by CONNECT.' }),
    host: text({ says: 'Name or address of the proxy.' }),
    port: whole({ least: 1, most: 65_535 }, { says: 'Its port.' }),
    user: optional(text({ says: 'What we log in with, where it asks for that.' })),
    password: optional(secret({ says: 'The password for it.' })),
    names: choice(['here', 'proxy'], {
      says: '`proxy`: only the proxy can resolve names; then a peer is its route, or its domain at port 5269.',
      initial: 'here',
    }),
  },
  { says: 'A proxy that all peers are called through.' },
);

const who = group(
  {
    account: optional(text({ says: 'One account, by its address.' })),
    group: optional(text({ says: 'A group of the directory, by its name.' })),
    office: optional(text({ says: 'An office, by its name.' })),
  },
  { says: 'One of `account`, `group` and `office`.' },
);

const rule = group(
  {
    name: text({ says: 'Name of the rule; it stands in every decision.' }),
    effect: choice(['allow', 'deny'], { says: 'A rule that denies is stronger than any that allows.' }),
    peers: list(peerPattern({ says: 'A pattern.' }), {
      says: '`partner.example`, `*.partner.example` for what is below it, or `*`.',
    }),
    directions: list(choice(['in', 'out'], { says: 'A direction.' }), {
      says: 'Which way.',
      initial: ['in', 'out'],
    }),
    classes: list(choice(['chat', 'room', 'presence', 'file', 'call', 'pubsub', 'iq'], { says: 'A class.' }), {
      says: 'What: a stanza of several classes needs all of them.',
    }),
    who: optional(list(who, { says: 'Of ours; without it everybody.' })),
    reason: text({ says: 'Why there is such a rule; who is refused reads it.' }),
    owner: text({ says: 'Who answers for it.' }),
    expires: optional(day({ says: 'From this day on the rule says nothing.' })),
  },
  { says: 'One sentence of the policy.' },
);

const relay = group(
  {
    from: list(domain({ says: 'A domain.' }), { says: 'Domains of offices whose people may write.' }),
    to: list(domain({ says: 'A domain.' }), { says: 'Domains of offices to which they may.' }),
  },
  { says: 'What offices may send each other through this server.' },
);

/** Other servers: who may talk to whom, and how they are reached. */
export const federation = group(
  {
    rules: optional(list(rule, { says: 'Who may talk to whom. Without a rule that allows it nothing passes.' })),
    peers: optional(list(peer, { says: 'What is special about single peers.' })),
    relay: optional(
      list(relay, {
        says: 'For the server in the middle: whom it passes on to whom, one way; each domain is a peer with `office: true`. Without it nobody.',
      }),
    ),
    bidi: flag({
      says: 'One connection for both directions (XEP-0288) with peers that offer or ask for it and whose certificate holds; what is for a peer goes over a connection of its own making only where no `route` and no `federation.proxy` fixes the way to it.',
      initial: true,
    }),
    strangers: choice(STRANGERS, {
      says: 'Messages of people elsewhere to one of ours who neither has them among the contacts nor has written to them: `ask` records them and delivers them once the receiver agrees. Takes effect with the next start.',
      initial: 'deliver',
    }),
    'new-contacts': whole(
      { least: 1, most: 10_000 },
      { says: 'How many first messages of that kind the people of one peer may write within an hour.', initial: 1000 },
    ),
    'give-up-after': duration({
      says: 'How long a message waits for a peer that cannot be reached; then its author is told.',
      initial: '3 days',
    }),
    'answer-within': duration({ says: 'How long a peer may take for each step of a connection.', initial: '10s' }),
    public: optional(
      group(
        {
          host: optional(domain({ says: 'Name under which others reach the gateway; without it the first domain.' })),
          starttls: optional(whole({ least: 1, most: 65_535 }, { says: 'Port; without it that of `listen.s2s`.' })),
          direct: optional(whole({ least: 1, most: 65_535 }, { says: 'Port; without it that of `listen.s2s-tls`.' })),
        },
        { says: 'How the world reaches the gateway, for the DNS records to publish (`interoffice peer records`).' },
      ),
    ),
    proxy: optional(proxy),
    from: optional(text({ says: 'Address of this machine from which peers are called.' })),
    callable: optional(
      list(text({ says: 'An address or network.' }), {
        says: 'Addresses that may be called although they are this machine or its own network, such as 127.0.0.1.',
      }),
    ),
  },
  { says: 'Other servers.' },
);
