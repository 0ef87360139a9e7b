/** Who has to do something so that a line comes up. */
export type Side = 'ours' | 'theirs' | 'between' | 'either';

/** Where to look, and what to do. */
export interface Remedy {
  readonly side: Side;
  readonly todo: string;
}

const remedy = (side: Side, todo: string): Remedy => ({ side, todo });

const THEIR_CERTIFICATE = remedy('theirs', 'Send their administrator what is wrong with the certificate.');
const OUR_PROXY = remedy('ours', 'Correct the proxy, or what is set for it under federation.');
const THEIR_TLS = remedy('theirs', 'Ask their administrator to offer TLS 1.2 or later to other servers.');
const THEIR_REFUSAL = remedy('theirs', 'Ask their administrator to let our domain in.');
const THE_WAY = remedy('between', 'Ask both network teams whether a firewall stops connections to this port.');
const CALL_OR_WAIT = remedy('theirs', 'It is called again by itself; if it stays like this, ask their administrator.');

/** By the code of an attempt or of the end of a line. */
const BY_CODE: Readonly<Record<string, Remedy>> = {
  'no-such-domain': remedy('either', 'Check how the domain is written; if it is right, its owner has to publish it.'),
  'no-service': remedy('theirs', 'Ask its owner whether the domain is to talk to others at all.'),
  'dns-failed': remedy('either', 'Check our DNS servers first, then those of the domain.'),
  'address-not-allowed': remedy('either', 'Correct the record, or name the address under federation.callable.'),
  'proxy-target-unreachable': THE_WAY,
  'proxy-timeout': THE_WAY,
  refused: remedy('theirs', 'Ask their administrator whether the server runs at this address and port.'),
  'no-route': remedy('ours', 'Correct the routes of the machine that the gateway runs on.'),
  'no-source': remedy('ours', 'Correct federation.from in interoffice.yaml.'),
  timeout: THE_WAY,
  'wrong-domain': remedy('either', 'Correct the DNS record, or the route under federation.peers.'),
  'starttls-not-offered': THEIR_TLS,
  'starttls-refused': THEIR_TLS,
  'tls-too-old': THEIR_TLS,
  'no-common-cipher': THEIR_TLS,
  'no-tls': remedy('either', 'Correct the DNS record, or “tls” of the route under federation.peers.'),
  'our-certificate-refused': remedy('either', 'Check our certificate; if it holds, they have to trust our authority.'),
  'untrusted-root': remedy('either', 'Add their authority under “ca” of the peer, or they show another certificate.'),
  'self-signed': remedy('either', 'Pin their key under “keys” of the peer, or they show another certificate.'),
  'not-yet-valid': remedy('either', 'Check the clocks of both sides.'),
  'crl-expired': remedy('either', 'Install a revocation list of their authority that is not out of date.'),
  'pin-mismatch': remedy(
    'either',
    'Ask their administrator by telephone which key is right, before you change “keys”.',
  ),
  'dialback-invalid': remedy('ours', 'Give all our gateways the same secret, and check our own DNS records.'),
  'dialback-failed': remedy(
    'either',
    'Check that our own DNS records lead to our gateway, and that it can be reached.',
  ),
  'policy-violation': THEIR_REFUSAL,
  silent: CALL_OR_WAIT,
  'system-shutdown': CALL_OR_WAIT,
};

/** For everything else, how far it came says whose it is. */
const BY_STAGE: Readonly<Record<string, Remedy>> = {
  resolve: remedy('either', 'Check the DNS records of the domain.'),
  proxy: OUR_PROXY,
  connect: THE_WAY,
  stream: CALL_OR_WAIT,
  tls: THEIR_TLS,
  certificate: THEIR_CERTIFICATE,
  features: CALL_OR_WAIT,
  authentication: THEIR_REFUSAL,
  policy: remedy('ours', 'Write a rule under federation.rules if this is to change.'),
};

/** Who has to do what about a line that is down. `stage`: how far the try came; undefined: it was up. */
export function remedyOf(code: string, stage: string | undefined): Remedy {
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : BY_STAGE[stage ?? ''];
  return known ?? CALL_OR_WAIT;
}

/** As it stands in a sentence. */
export const SIDE_WORDS = {
  ours: 'on our side',
  theirs: 'on their side',
  between: 'on the way between us',
  either: 'on our side or theirs',
} as const satisfies Record<Side, string>;
