import { type Element, NS, StreamError, tryJid, xml } from '@interoffice/wire';
import type { DialbackKeys } from '../dialback-keys.js';
import type { StreamFeature } from '../negotiation.js';
import type { S2sInStream } from '../s2s-in.js';

/** A key that a caller has shown for a domain of ours, on the stream with that id. */
export interface ShownKey {
  readonly peer: string;
  readonly domain: string;
  readonly streamId: string;
  readonly key: string;
}

/** What became of asking: the peer's own server says yes or no, or cannot be asked. */
export type KeyVerdict = 'valid' | 'invalid' | 'remote-server-not-found' | 'remote-server-timeout';

/** What dialback needs beside the stream. */
export interface Dialback {
  readonly keys: DialbackKeys;
  /** Asks the server that DNS names for the peer whether the key is its own. Never rejects for what a peer or a network does. */
  verify(shown: ShownKey): Promise<KeyVerdict>;
}

const OFFER = xml('dialback', { xmlns: NS.dialbackFeature }, xml('errors'));
/** A hash of 512 bits in hexadecimal digits is 128 long; nobody's key is longer. */
const LONGEST_KEY = 256;

/**
 * A caller without a certificate that holds shows a key, and its domain's own server is asked about it: as sure as DNS is.
 * XEP-0220 §2.2. Offered inside TLS to peers that may do so, and to no others (F-02).
 */
export function dialback({ verify }: Dialback): StreamFeature<S2sInStream> {
  return {
    name: 'dialback',
    needs: ['secure'],
    forbids: ['authenticated'],
    offer: (stream) => (stream.mayDialBack ? OFFER : undefined),
    accepts: { namespace: NS.dialback, names: ['result'] },
    take: (stream, element) => {
      const shown = keyShown(stream, element);
      if (!stream.mayDialBack) throw new StreamError('not-authorized', 'Here your domain is proved by a certificate.');
      stream.isProving = true;
      verify(shown)
        .then((verdict) => conclude(stream, shown, verdict))
        .catch((error: unknown) => stream.fail(error));
    },
  };
}

function conclude(stream: S2sInStream, { domain: from, peer: to }: ShownKey, verdict: KeyVerdict): void {
  if (!stream.isOpen) return;
  const answer = (type: string, ...children: Element[]): void =>
    stream.sendElement(xml('db:result', { 'xmlns:db': NS.dialback, from, to, type }, ...children));
  stream.isProving = false;
  if (verdict === 'valid') {
    stream.authenticate(to, 'dialback');
    return answer('valid');
  }
  if (verdict === 'invalid') answer('invalid');
  else answer('error', xml('error', { type: 'cancel' }, xml(verdict, { xmlns: NS.stanzas })));
  // XEP-0220 §2.2.1: no other pair of domains is on this stream.
  stream.fail(new StreamError('not-authorized', REASONS[verdict]));
}

const REASONS: Readonly<Record<Exclude<KeyVerdict, 'valid'>, string>> = {
  invalid: 'The server of your domain says that the key is not its own.',
  'remote-server-not-found': 'The server of your domain cannot be found, so nobody can say whether the key is its own.',
  'remote-server-timeout': 'The server of your domain does not answer, so nobody can say whether the key is its own.',
};

/**
 * Somebody who was called in our name asks whether we made the key: of the secret alone, whichever of our gateways made
 * it. XEP-0220 §2.1.2
 */
export function dialbackAnswers({ keys }: Pick<Dialback, 'keys'>): StreamFeature<S2sInStream> {
  return {
    name: 'dialback-answers',
    needs: ['secure'],
    forbids: [],
    offer: () => undefined,
    accepts: { namespace: NS.dialback, names: ['verify'] },
    take: (stream, element) => {
      const { key, domain: originating, peer: receiving } = keyShown(stream, element);
      const streamId = element.attrs['id'];
      if (streamId === undefined) throw new StreamError('bad-format', 'A key is verified for a stream with an id.');
      const type = keys.isKeyFor({ originating, receiving, streamId }, key) ? 'valid' : 'invalid';
      const pair = { from: originating, to: receiving };
      stream.sendElement(xml('db:verify', { 'xmlns:db': NS.dialback, ...pair, id: streamId, type }));
    },
  };
}

/** From the stream's own peer to the stream's own domain, or nothing of it counts. F-01 */
function keyShown(stream: S2sInStream, element: Element): ShownKey {
  const { from, to, type } = element.attrs as Readonly<Record<string, string | undefined>>;
  if (type !== undefined) throw new StreamError('policy-violation', 'Nobody here has asked for that answer.');
  const peer = domainOf(from);
  if (peer === undefined || domainOf(to) === undefined) {
    throw new StreamError('improper-addressing', 'In dialback both domains are named.');
  }
  if (stream.peer !== undefined && peer !== stream.peer) {
    throw new StreamError('invalid-from', `This stream speaks for ${stream.peer}, and for no other domain.`);
  }
  if (domainOf(to) !== stream.domain) {
    throw new StreamError('host-unknown', `This stream was opened to ${stream.domain}.`);
  }
  if (stream.peer === undefined) stream.named(peer);
  const key = element.getText().trim();
  if (key === '' || key.length > LONGEST_KEY) throw new StreamError('bad-format', 'That is no dialback key.');
  return { peer, domain: stream.domain!, streamId: stream.id, key };
}

function domainOf(text: string | undefined): string | undefined {
  const jid = text === undefined ? undefined : tryJid(text);
  return jid && jid.local === undefined && jid.resource === undefined ? jid.domain : undefined;
}
