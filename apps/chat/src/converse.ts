import type { Sessions } from './contacts-in-memory.js';
import type { Strophe, StropheConnection } from './strophe.js';

/** The part of Converse's public interface that is used here. */
export interface Converse {
  readonly env: {
    readonly Strophe: Strophe;
    readonly html: (strings: TemplateStringsArray, ...values: readonly unknown[]) => unknown;
  };
  readonly plugins: { add(name: string, plugin: object): void };
  initialize(settings: object): Promise<unknown>;
}

/** What a plugin gets to see. */
export interface Private extends Sessions {
  readonly api: Api;
  readonly exports: {
    handleMessageStanza(stanza: Element): Promise<unknown>;
    onDirectMUCInvitation(stanza: Element): Promise<unknown>;
    readonly MUC?: unknown;
  };
}

export interface Api {
  readonly listen: {
    on(event: string, callback: (...given: unknown[]) => unknown): void;
    once(event: string, callback: () => unknown): void;
  };
  /** Resolves when the event has happened, at once when it has happened already. */
  waitUntil(event: string): Promise<unknown>;
  readonly settings: { set(settings: object): void };
  readonly vcard: { get(jid: string): Promise<{ readonly fullname?: string | null }> };
  readonly connection: { get(): StropheConnection; connected(): boolean | undefined };
  readonly archive: { query(options: object): Promise<ArchivePage> };
  readonly emojis: { initialize(): Promise<unknown> };
  alert(type: 'error', title: string, text: string): unknown;
  send(stanza: Element | { tree(): Element }): unknown;
  ping(jid?: string | null, limitMs?: number): Promise<boolean | null>;
}

/** A page of the archive (XEP-0313), oldest first. */
export interface ArchivePage {
  /** Each a message with a `<result/>`. */
  readonly messages: readonly Element[];
  readonly complete?: boolean;
  readonly error?: Error;
}

/** A model of Converse: attributes, kept in the browser. */
export interface Model {
  get(name: string): unknown;
  save(attributes: object): unknown;
}
