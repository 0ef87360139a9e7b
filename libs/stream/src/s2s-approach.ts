import type { Connection } from '@interoffice/transport';
import { type Element, NS, StreamError, xml } from '@interoffice/wire';
import type { DialbackKeys } from './dialback-keys.js';
import { offersBidi } from './negotiable/bidi.js';
import type { StreamReason } from './outgoing-stanzas.js';
import { SentCount } from './sent-count.js';
import type { ServerSpeech } from './server-speech.js';

/** How far an outgoing stream has come, in the order of the stations. */
export type S2sStage = 'stream' | 'tls' | 'certificate' | 'features' | 'authentication';

/** How a server has proved its domain to another. */
export type PeerMechanism = 'EXTERNAL' | 'dialback';

/** A question to a server that speaks for a domain: did it make this key for the stream with that id? XEP-0220 §2.1.2 */
export interface KeyQuestion {
  readonly streamId: string;
  readonly key: string;
  readonly answered: (isValid: boolean) => void;
}

export interface ApproachParts {
  /** Ours, which the stream speaks for. */
  readonly domain: string;
  readonly peer: string;
  /** Where this peer may be talked to without certificates that hold. Undefined: nowhere. */
  readonly dialback: DialbackKeys | undefined;
  /** The stream is opened for this question alone. */
  readonly question: KeyQuestion | undefined;
  readonly speech: ServerSpeech;
  readonly connection: Pick<Connection, 'startTls' | 'restart'>;
  readonly reached: (stage: S2sStage) => void;
  readonly refuse: (code: string, text: string) => void;
  /** We would take what the peer has for us on this stream. XEP-0288 */
  readonly wantsBoth: boolean;
  /** It was asked to send it here, and will once it has let us in. */
  readonly askedForBoth: () => void;
  /** The peer has let us in. `count`: undefined when it does not count what it is sent. */
  readonly ready: (mechanism: PeerMechanism, count: SentCount | undefined) => void;
}

/** What we await next from the peer. */
type Awaiting = 'features' | 'proceed' | 'success' | 'result' | 'verified' | 'enabled' | 'nothing';

/**
 * The way to a peer, from its features to the moment when stanzas may be sent: TLS, then our proof, by our certificate
 * (SASL EXTERNAL) or, where that is allowed for the peer, by a key that it asks us about (dialback), then counting.
 * Without TLS nothing goes out, whatever the peer says.
 */
export class Approach {
  /** The peer's certificate proves its domain. Where it does not, our own is not shown off either. */
  isCertain = false;
  /** The id of the peer's stream, which keys are made for. */
  streamId = '';
  #awaiting: Awaiting = 'features';
  #mechanism: PeerMechanism | undefined;

  /** The peer has let us in. */
  get isLoggedIn(): boolean {
    return this.#mechanism !== undefined;
  }

  constructor(
    private readonly parts: ApproachParts,
    public isSecure: boolean,
  ) {}

  /** What the peer says until it has let us in. Throws a StreamError for what it may not say now. */
  take(element: Element): void {
    const namespace = element.getNS();
    const name = element.getName();
    const awaiting = this.#awaiting;
    if (awaiting === 'features' && name === 'features' && namespace === NS.stream) return this.#features(element);
    if (awaiting === 'proceed' && namespace === NS.tls) return this.#proceed(name);
    if (awaiting === 'success' && namespace === NS.sasl) return this.#answered(element);
    if (awaiting === 'result' && name === 'result' && this.#isDialback(element)) return this.#result(element);
    if (awaiting === 'verified' && name === 'verify' && this.#isDialback(element)) return this.#verified(element);
    if (awaiting === 'enabled' && namespace === NS.streamManagement) return this.#counts(name);
    throw new StreamError('unsupported-stanza-type', `${name} was not expected here.`);
  }

  #features(features: Element): void {
    const { question, dialback } = this.parts;
    if (!this.isSecure) return this.#askForTls(features);
    if (this.#mechanism) return this.#askToCount(features, this.#mechanism);
    this.parts.reached('authentication');
    if (question) return this.#ask(question);
    const mechanisms = features.getChild('mechanisms', NS.sasl)?.getChildren('mechanism') ?? [];
    const isExternal = mechanisms.some((mechanism) => mechanism.getText() === 'EXTERNAL');
    if (isExternal && this.isCertain) return this.#logIn(features);
    if (dialback && features.getChild('dialback', NS.dialbackFeature)) return this.#show(dialback, features);
    const allowed = dialback ? 'nor by dialback' : 'and dialback is not allowed for it here';
    this.parts.refuse(
      'external-not-offered',
      `The server does not let us log in with our certificate (SASL EXTERNAL), ${allowed}. It may not trust our authority.`,
    );
  }

  #askForTls(features: Element): void {
    const { reached, refuse, speech } = this.parts;
    reached('tls');
    if (!features.getChild('starttls', NS.tls)) {
      return refuse('starttls-not-offered', 'The server offers no TLS, or somebody in between has taken it out.');
    }
    this.#awaiting = 'proceed';
    speech.element(xml('starttls', { xmlns: NS.tls }));
  }

  #proceed(name: string): void {
    const { refuse, connection } = this.parts;
    if (name !== 'proceed') return refuse('starttls-refused', 'The server refused to start TLS.');
    // throws when anything came behind it in the clear.
    connection.startTls();
    this.isSecure = true;
    this.#restart();
  }

  /** The peer by its certificate, and so are we: nothing less is good for both directions. */
  #logIn(features: Element): void {
    this.#awaiting = 'success';
    if (this.parts.wantsBoth && offersBidi(features)) {
      this.parts.speech.element(xml('bidi', { xmlns: NS.bidi }));
      this.parts.askedForBoth();
    }
    const identity = Buffer.from(this.parts.domain).toString('base64');
    this.parts.speech.element(xml('auth', { xmlns: NS.sasl, mechanism: 'EXTERNAL' }, identity));
  }

  #answered(element: Element): void {
    if (element.getName() === 'success') {
      this.#mechanism = 'EXTERNAL';
      return this.#restart();
    }
    const text = (element.getChildText('text') ?? 'no reason given').slice(0, 500);
    this.parts.refuse(conditionOf(element) ?? 'auth-refused', `The server refused our certificate: ${text}`);
  }

  // Dialback. XEP-0220

  #show(keys: DialbackKeys, features: Element): void {
    const { domain: originating, peer: receiving, speech } = this.parts;
    this.#awaiting = 'result';
    this.#offered = features;
    const key = keys.keyFor({ originating, receiving, streamId: this.streamId });
    speech.element(xml('db:result', { 'xmlns:db': NS.dialback, from: originating, to: receiving }, key));
  }

  /** Features that came before our key: none come behind it. */
  #offered = xml('features');

  #result(element: Element): void {
    const { type } = element.attrs;
    if (type === 'valid') {
      this.#mechanism = 'dialback';
      return this.#askToCount(this.#offered, 'dialback');
    }
    if (type === 'invalid') {
      const text =
        'The server asked who speaks for our domain and was told that our key is wrong: our gateways may have different secrets, or our DNS records lead to another server.';
      return this.parts.refuse('dialback-invalid', text);
    }
    const condition = conditionOf(element.getChild('error')) ?? 'undefined-condition';
    const text = `The server could not find out whether we speak for our domain (${condition}). It has to reach us by our DNS records.`;
    this.parts.refuse('dialback-failed', text);
  }

  #ask({ streamId: id, key }: KeyQuestion): void {
    const { domain: from, peer: to, speech } = this.parts;
    this.#awaiting = 'verified';
    speech.element(xml('db:verify', { 'xmlns:db': NS.dialback, from, to, id }, key));
  }

  #verified(element: Element): void {
    const { question } = this.parts;
    // F-01: an answer about another stream says nothing about this one.
    if (element.attrs['id'] !== question!.streamId) {
      throw new StreamError('invalid-from', 'That stream was not asked about.');
    }
    this.#awaiting = 'nothing';
    const { type } = element.attrs;
    if (type === 'valid' || type === 'invalid') return question!.answered(type === 'valid');
    this.parts.refuse('dialback-failed', `The server does not say whether the key is its own (${type ?? 'no type'}).`);
  }

  /** F-01: from the peer to us, or it is not the answer. */
  #isDialback(element: Element): boolean {
    const { domain, peer } = this.parts;
    return element.getNS() === NS.dialback && element.attrs['from'] === peer && element.attrs['to'] === domain;
  }

  // Counting. XEP-0198 §3

  /** At most one attempt; whoever does not count gets stanzas as well. */
  #askToCount(features: Element, mechanism: PeerMechanism): void {
    if (!features.getChild('sm', NS.streamManagement)) return this.#ready(mechanism, undefined);
    this.#awaiting = 'enabled';
    this.parts.speech.element(xml('enable', { xmlns: NS.streamManagement }));
  }

  #counts(name: string): void {
    this.#ready(this.#mechanism!, name === 'enabled' ? new SentCount() : undefined);
  }

  #ready(mechanism: PeerMechanism, count: SentCount | undefined): void {
    this.#awaiting = 'nothing';
    this.parts.ready(mechanism, count);
  }

  #restart(): void {
    this.#awaiting = 'features';
    this.parts.connection.restart();
    this.parts.speech.header();
  }
}

/** The condition that an error or a failure names. */
export function conditionOf(element: Element | undefined): string | undefined {
  return element
    ?.getChildElements()
    .find((child) => child.getName() !== 'text')
    ?.getName();
}

/** What a stream error of the peer's says. RFC 6120 §4.9 */
export function reasonOf(element: Element): StreamReason {
  const code = conditionOf(element) ?? 'undefined-condition';
  const said = element.getChildText('text')?.slice(0, 500);
  return { code, text: `The server ended the stream: ${said ?? code}`, isTheirs: true };
}
