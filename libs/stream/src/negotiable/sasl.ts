import type { Log } from '@interoffice/telemetry';
import { type Element, NS, StreamError, xml } from '@interoffice/wire';
import type { Authenticator, Guesses, LoginRefusal, ScramHash } from '../authenticator.js';
import type { C2sStream } from '../c2s.js';
import type { StreamFeature } from '../negotiation.js';
import type { Exchange, Step } from '../sasl/exchange.js';
import { Plain } from '../sasl/plain.js';
import { type ChannelBindings, Scram } from '../sasl/scram.js';

export interface SaslOptions {
  readonly authenticator: Authenticator;
  readonly guesses: Guesses;
  /** False where a proxy ends TLS before us: -PLUS is then not offered. */
  readonly channelBinding: boolean;
  /** True on loopback listeners that may be used without TLS. */
  readonly plaintextAllowed: boolean;
  readonly log: Log;
}

/** RFC 6120 §6.4.5 asks for two to five: after the third failure the stream is closed. */
const MOST_FAILURES = 3;

const TOO_MANY_NAMES = 'Too many log-ins failed from your network address. Please try again in a quarter of an hour.';

const SCRAM: readonly (readonly [name: string, hash: ScramHash])[] = [
  ['SCRAM-SHA-512', 'sha512'],
  ['SCRAM-SHA-256', 'sha256'],
  ['SCRAM-SHA-1', 'sha1'],
];

/** SASL on a client stream. RFC 6120 §6. Offers what the domain's accounts can prove and what the connection allows. */
export function sasl(options: SaslOptions): StreamFeature {
  const running = new WeakMap<C2sStream, { exchange: Exchange; mechanism: string }>();

  const begin = (stream: C2sStream, element: Element): void => {
    const mechanism = String(element.attrs['mechanism'] ?? '');
    // Only what was offered on this very stream: a mechanism behind the list is a way round the list.
    if (!offered(stream, options).names.includes(mechanism))
      return fail(stream, mechanism, { condition: 'invalid-mechanism' });
    if (options.guesses.waitMs(stream.remoteAddress) > 0) return refuseAddress(stream, mechanism);
    running.set(stream, { exchange: exchangeFor(stream, mechanism, options), mechanism });
    const initial = element.getText();
    if (initial === '') stream.sendElement(xml('challenge', { xmlns: NS.sasl }));
    else advance(stream, initial);
  };

  const advance = (stream: C2sStream, text: string): void => {
    const run = running.get(stream);
    if (!run) return fail(stream, '', { condition: 'malformed-request' });
    const message = decodeBase64(text);
    if (!message) return fail(stream, run.mechanism, { condition: 'incorrect-encoding' });
    stream.during(
      Promise.resolve(run.exchange.step(message)).then((step) => {
        count(stream, run.exchange, step);
        settle(stream, run.mechanism, step);
      }),
    );
  };

  /** What is told with a sentence was told to who knew the password, or says nothing about it. */
  const count = ({ remoteAddress }: C2sStream, { tried }: Exchange, step: Step): void => {
    if (tried === undefined || 'challenge' in step) return;
    if ('account' in step) options.guesses.succeeded(remoteAddress, tried);
    else if (step.refusal.condition === 'not-authorized' && step.refusal.text === undefined)
      options.guesses.failed(remoteAddress, tried);
  };

  const settle = (stream: C2sStream, mechanism: string, step: Step): void => {
    if ('challenge' in step)
      return stream.sendElement(xml('challenge', { xmlns: NS.sasl }, step.challenge.toString('base64')));
    if ('refusal' in step) return fail(stream, mechanism, step.refusal);
    running.delete(stream);
    options.log.info('c2s.authenticated', {
      account: step.account.toString(),
      mechanism,
      proof: step.proof,
      remote: stream.remoteAddress,
    });
    stream.authenticate({ account: step.account, proof: step.proof });
    const additional = step.additional ? [step.additional.toString('base64')] : [];
    stream.sendElement(xml('success', { xmlns: NS.sasl }, ...additional));
    stream.restart();
  };

  const fail = (stream: C2sStream, mechanism: string, refusal: LoginRefusal): void => {
    running.delete(stream);
    options.log.info('c2s.login.refused', {
      mechanism: mechanism.slice(0, 40),
      condition: refusal.condition,
      remote: stream.remoteAddress,
    });
    const text = refusal.text === undefined ? [] : [xml('text', { 'xml:lang': 'en' }, refusal.text)];
    stream.sendElement(xml('failure', { xmlns: NS.sasl }, xml(refusal.condition), ...text));
    if (++stream.failures >= MOST_FAILURES)
      throw new StreamError('policy-violation', 'Too many failed attempts to log in.');
  };

  /** Before anybody is asked, and whatever the name: from there it may be anybody's. */
  const refuseAddress = (stream: C2sStream, mechanism: string): void => {
    options.log.warn('c2s.address.throttled', { remote: stream.remoteAddress });
    fail(stream, mechanism, { condition: 'not-authorized', text: TOO_MANY_NAMES });
    throw new StreamError('policy-violation', TOO_MANY_NAMES);
  };

  return {
    name: 'sasl',
    needs: [],
    forbids: ['authenticated'],
    offer: (stream) => offered(stream, options).element,
    accepts: { namespace: NS.sasl, names: ['auth', 'response', 'abort'] },
    take: (stream, element) => {
      if (!maySpeak(stream, options))
        return fail(stream, '', { condition: 'encryption-required', text: 'Start TLS before you log in.' });
      if (element.getName() === 'auth') begin(stream, element);
      else if (element.getName() === 'response') advance(stream, element.getText());
      else fail(stream, '', { condition: 'aborted' });
    },
  };
}

const bindingTypes = (...types: string[]): Element =>
  xml(
    'sasl-channel-binding',
    { xmlns: NS.saslChannelBinding },
    ...types.map((type) => xml('channel-binding', { type })),
  );
const ALL_TYPES = bindingTypes('tls-exporter', 'tls-server-end-point');
const END_POINT_ONLY = bindingTypes('tls-server-end-point');

/** XEP-0440: which ways of binding a log-in to its TLS connection the server knows. */
export function channelBindingTypes(options: Pick<SaslOptions, 'channelBinding'>): StreamFeature {
  return {
    name: 'sasl-channel-binding',
    needs: ['secure'],
    forbids: ['authenticated'],
    offer: (stream) => {
      const tls = stream.connection.secure;
      if (!options.channelBinding || !tls) return undefined;
      return tls.exporter ? ALL_TYPES : END_POINT_ONLY;
    },
  };
}

function maySpeak(stream: C2sStream, { plaintextAllowed }: SaslOptions): boolean {
  return plaintextAllowed || stream.achieved.has('secure');
}

/** A list of mechanisms and how it is offered. There are a handful: each is made once. */
interface Offer {
  readonly names: readonly string[];
  readonly element: Element | undefined;
}

function offerOf(names: readonly string[]): Offer {
  if (names.length === 0) return { names, element: undefined };
  return { names, element: xml('mechanisms', { xmlns: NS.sasl }, ...names.map((name) => xml('mechanism', {}, name))) };
}

const SCRAM_NAMES = SCRAM.map(([name]) => name);
const PLUS_NAMES = SCRAM_NAMES.map((name) => `${name}-PLUS`);
const OFFERS = {
  nothing: offerOf([]),
  plain: offerOf(['PLAIN']),
  scram: offerOf([...SCRAM_NAMES, 'PLAIN']),
  plus: offerOf([...PLUS_NAMES, ...SCRAM_NAMES, 'PLAIN']),
};

/** What is offered here, strongest first. PLAIN needs TLS (or a listener that may do without); -PLUS needs TLS itself. */
function offered(stream: C2sStream, options: SaslOptions): Offer {
  if (!maySpeak(stream, options)) return OFFERS.nothing;
  if (!options.authenticator.offersScram(stream.domain!)) return OFFERS.plain;
  return offersPlus(stream, options) ? OFFERS.plus : OFFERS.scram;
}

function offersPlus(stream: C2sStream, { channelBinding }: SaslOptions): boolean {
  return channelBinding && stream.connection.secure !== undefined;
}

function bindingsOf(stream: C2sStream): ChannelBindings {
  const tls = stream.connection.secure;
  if (!tls) return {};
  const endPoint = { 'tls-server-end-point': () => tls.serverEndPoint() };
  return tls.exporter ? { 'tls-exporter': tls.exporter, ...endPoint } : endPoint;
}

function exchangeFor(stream: C2sStream, mechanism: string, options: SaslOptions): Exchange {
  const { authenticator } = options;
  const domain = stream.domain!;
  if (mechanism === 'PLAIN') return new Plain(authenticator, domain, stream.remoteAddress);
  const plus = mechanism.endsWith('-PLUS');
  const base = plus ? mechanism.slice(0, -'-PLUS'.length) : mechanism;
  const hash = SCRAM.find(([name]) => name === base)![1];
  return new Scram(authenticator, {
    hash,
    plus,
    plusOffered: offersPlus(stream, options),
    bindings: bindingsOf(stream),
    domain,
  });
}

/** RFC 6120 §6.4.2: a single `=` is an empty message; anything that is not canonical base64 is an error. */
function decodeBase64(text: string): Buffer | undefined {
  if (text === '=') return Buffer.alloc(0);
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
