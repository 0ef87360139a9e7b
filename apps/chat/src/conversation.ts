import { tellRightly } from './accessible.js';
import { chatToken, NotLoggedIn, type ChatToken } from './api.js';
import { keepOrder } from './archive-time.js';
import { CatchUp } from './catch-up.js';
import { waitForSession } from './composer.js';
import type { Api, Converse, Private } from './converse.js';
import { keepDrafts } from './drafts.js';
import { loadEmoji } from './emoji.js';
import { askOnce } from './invitations.js';
import { knowOwnAgain, oneAtATime } from './message-order.js';
import { markWaiting, redraw } from './message-marks.js';
import { withoutFooter } from './no-footer.js';
import { nameByRoomsId } from './retractions.js';
import { goByName, useOwnRooms } from './rooms.js';
import { searchPeople } from './people-search.js';
import { type CardApi, photosLater } from './photos-later.js';
import { plainIcons } from './plain-icons.js';
import { keepContactsInMemory } from './contacts-in-memory.js';
import { drawContactsInTurns } from './contacts-in-turns.js';
import { throttleRoster } from './roster-throttle.js';
import { settingsFor } from './settings.js';
import { parseInBrowser, webSocketTo } from './stream/browser-line.js';
import { browserClock } from './stream/clock.js';
import { LastingStream } from './stream/lasting-stream.js';
import { Outbox } from './stream/outbox.js';
import type { ConnectionState } from './stream/state.js';
import { carry } from './strophe.js';

export interface Surroundings {
  readonly loggedOut: () => void;
  readonly logOut: () => void;
  readonly state: (state: ConnectionState) => void;
  /** How many messages that were written the server has not acknowledged. */
  readonly waiting: (count: number) => void;
}

/** What the page can do with a conversation that is open. */
export interface Conversation {
  /** Whether messages that were written wait for the server's acknowledgement. */
  readonly isWaiting: () => boolean;
  /** Finds out whether the line is there; without one, tries again now. */
  readonly check: (limitMs?: number) => void;
  /** Ends the session on the server, as far as there is a line. */
  readonly leave: () => void;
}

let loading: Promise<{ readonly default: Converse }> | undefined;

/** Fetches and prepares Converse, which takes a second, so that it is there when somebody has typed their password. */
export function load(): Promise<{ readonly default: Converse }> {
  // As a path of its own: the released bundle is an ES module beside this file, not a package to compile.
  const bundle = './converse.min.js';
  loading ??= import(bundle) as Promise<{ default: Converse }>;
  return loading;
}

/** Opens the chat for who the token is for. The token logs in once; each further line fetches another. */
export async function start(first: ChatToken, around: Surroundings): Promise<Conversation> {
  const { default: converse } = await load();
  const outbox = new Outbox(first.jid, sessionStorage, (ids) => {
    redraw(ids);
    around.waiting(outbox.written);
  });
  around.waiting(outbox.written);
  const stream = new LastingStream({
    clock: browserClock,
    random: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
    parse: parseInBrowser,
    connect: webSocketTo(`wss://${location.host}/ws`),
    credentials: tokens(first, around.loggedOut),
    outbox,
    changed: around.state,
  });
  converse.plugins.add('interoffice', pluginFor({ jid: first.jid, converse, stream, outbox, logOut: around.logOut }));
  throttleRoster();
  plainIcons();
  drawContactsInTurns();
  searchPeople(converse);
  withoutFooter();
  tellRightly();
  markWaiting((id) => outbox.has(id));
  await converse.initialize(settingsFor(first.jid));
  return {
    isWaiting: () => outbox.written > 0,
    check: (limitMs) => stream.check(limitMs),
    leave: () => stream.leave(),
  };
}

/** The first token, then a fresh one each time. */
function tokens(first: ChatToken, loggedOut: () => void): () => Promise<ChatToken> {
  let next: ChatToken | undefined = first;
  return async () => {
    const token = next;
    next = undefined;
    try {
      return token ?? (await chatToken());
    } catch (error) {
      if (error instanceof NotLoggedIn) loggedOut();
      throw error;
    }
  };
}

interface Parts {
  readonly jid: string;
  readonly converse: Converse;
  readonly stream: LastingStream;
  readonly outbox: Outbox;
  readonly logOut: () => void;
}

function pluginFor({ jid, converse, stream, outbox, logOut }: Parts): object {
  return {
    dependencies: ['converse-bookmarks', 'converse-chat', 'converse-muc-views', 'converse-ping', 'converse-roster'],
    initialize(this: { readonly _converse: Private }) {
      const { api } = this._converse;
      api.listen.on('connectionInitialized', () => carry(api.connection.get(), stream, converse.env.Strophe));
      // The stream below has logged in already; Converse goes on only with a password.
      api.listen.on('beforeAttemptNonPreboundSession', () => ({ credentials: { jid, password: 'none' } }));
      api.listen.on('logout', () => {
        outbox.clear();
        forget(sessionStorage);
        forget(localStorage);
        logOut();
      });
      keepContactsInMemory(api, this._converse);
      photosLater(api as unknown as CardApi);
      loadEmoji(api);
      keepDrafts(jid, api);
      keepOrder(jid, api);
      knowOwnAgain(api);
      useOwnRooms(api);
      goByName(jid, api);
      nameByRoomsId(this._converse);
      keepWhileUnconnected(api, { stream, outbox });
      waitForSession(() => sessionOf(api));
      const seen = (stanza: Element): void => catchUp.seen(stanza);
      const take = oneAtATime(this._converse, seen);
      const invited = askOnce(this._converse, seen);
      const catchUp = new CatchUp({
        jid,
        api,
        take: (stanza) => {
          invited(stanza);
          return take(stanza);
        },
        shelves: [sessionStorage, localStorage],
      });
      afterAvailable(api, () => catchUp.begin());
    },
  };
}

/**
 * Calls when the device has told that it is there, once per session. Before that the server keeps what is sent to the
 * account: what the archive is asked for sooner could miss what comes in between.
 */
function afterAvailable(api: Api, call: () => Promise<void>): void {
  let isDue = false;
  api.listen.on('presencesInitialized', () => (isDue = true));
  api.listen.on('send', (given) => {
    const stanza = given as Element;
    const isBroadcast = !stanza.hasAttribute('to') && !stanza.hasAttribute('type');
    if (!isDue || stanza.tagName !== 'presence' || !isBroadcast) return;
    isDue = false;
    void call().catch(reportError);
  });
}

/** Nothing of who was here stays for who comes next. */
function forget(shelf: Storage): void {
  for (const key of Object.keys(shelf)) if (key.startsWith('interoffice.')) shelf.removeItem(key);
}

/** COMPAT(converse.js, 14.0.0): it throws away what is sent between two sessions, and ends a session to test a line. */
function keepWhileUnconnected(api: Api, { stream, outbox }: Pick<Parts, 'stream' | 'outbox'>): void {
  const { send, ping } = api;
  api.send = (stanza) => {
    const element = stanza instanceof Element ? stanza : stanza.tree();
    if (element.tagName !== 'message') return send(element);
    // The server knows who sends it; the device may have another name when it is sent again. RFC 6120 §8.1.2.1
    element.removeAttribute('from');
    const text = new XMLSerializer().serializeToString(element);
    const refusal = outbox.refusal(text);
    if (refusal !== undefined) {
      api.alert('error', 'Not sent', refusal);
      // Converse leaves the text in the composer.
      throw new Error(refusal);
    }
    return api.connection.connected() ? send(element) : stream.send(text);
  };
  api.ping = async (to, limitMs) => {
    if (to) return ping(to, limitMs);
    stream.check(limitMs);
    return null;
  };
}

/** Resolves as soon as there is a session. */
function sessionOf(api: Api): Promise<void> {
  return new Promise((resolve) => {
    if (api.connection.get().authenticated) resolve();
    for (const event of ['connected', 'reconnected']) api.listen.once(event, () => resolve());
  });
}
