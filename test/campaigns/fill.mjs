// For campaigns: a journal with months of invented conversations, written the way the server writes it.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { corpus, seeded } from '../load/corpus.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { Journal, PostgresSink, SearchIndex } = await import(path.join(root, 'libs/archive/dist/index.js'));
const { Metrics, silentLog, systemClock } = await import(path.join(root, 'libs/telemetry/dist/index.js'));

const EPOCH_MS = Date.UTC(2024, 0, 1);
const PASS = { verdict: 'passed', record: true, decisionId: undefined, policyVersion: 0, retentionClass: 0 };
const OUTSTANDING = 6_000;
/** Somebody writes to so many people, to the first of them far more often than to the last. */
const CONTACTS = 40;
const TEXTS = 50_000;
const SPREAD = 7_919;
const NOTHING = Buffer.alloc(0);
const [CHAT, GROUPCHAT] = [5, (3 << 24) | 5];

/** Everything in the journal is found by its text, as after some weeks of a server. */
export async function readIntoSearch(database) {
  const [{ upto }] = await database.query('owner', `SELECT lpad(to_hex(max(id)), 16, '0') AS upto FROM journal`);
  const index = new SearchIndex({ database, clock: systemClock, metrics: new Metrics(), upTo: () => upto });
  await index.catchUp();
  await index.stop();
}

/**
 * Messages among accounts (`{ id, jid }`), from busy ones far more than from quiet ones, `stepMs` apart. One journal of
 * them per instance, one stretch of time after the other; ids and texts are the same for the same seed. `vary(nth)` may
 * say something else of a message: a `text`, `more` XML behind it, the `room` (`{ id, jid }`) it goes to, its `verdict`.
 */
export class Conversations {
  #random = seeded(313);
  #texts;
  #parties;
  #stanza = stanzaOf();
  #nth = 0;

  constructor({ accounts, fromMs, stepMs, vary = () => undefined }) {
    Object.assign(this, { fromMs, stepMs, vary });
    this.#parties = accounts.map(partyOf);
    const next = corpus(2);
    this.#texts = Array.from({ length: TEXTS }, () => Buffer.from(next()));
  }

  /** The account at a place in the order of how much they write; 0 writes most. */
  static indexOf(rank, count) {
    return (rank * SPREAD) % count;
  }

  /** Whom the account with this index writes to; `nth` 0 most often. */
  static contactOf(index, nth, count) {
    return (index + 1 + nth * 104_729) % count;
  }

  /** The moment of the next message. */
  get atMs() {
    return this.fromMs + this.#nth * this.stepMs;
  }

  /** Writes so many rows, every `every`th of them to the account with the index `to`. */
  async write(connection, { count, to, every, told }) {
    const sink = new PostgresSink({ connection, log: silentLog, metrics: new Metrics() });
    await sink.open(this.atMs);
    let written = 0;
    let released = 0;
    const { promise, resolve } = Promise.withResolvers();
    const more = () => {
      for (; written < Math.min(count, released + OUTSTANDING); written++) {
        const { verdict = 'passed' } = this.vary(this.#nth) ?? {};
        const stanza = this.#next(every && written % every === 0 ? to : undefined);
        journal.append(stanza, verdict === 'passed' ? PASS : { ...PASS, verdict }, undefined, 0, undefined);
      }
    };
    const journal = new Journal({
      sink,
      clock: systemClock,
      log: silentLog,
      metrics: new Metrics(),
      onPoisoned: ({ id }) => {
        throw new Error(`PostgreSQL refuses ${id}`);
      },
      onReleased: (batch) => {
        released += batch.count;
        told?.(released);
        if (released === count) resolve();
        else setImmediate(more);
      },
    });
    more();
    await promise;
    await journal.close(1_000);
  }

  #next(to) {
    const { length } = this.#parties;
    let author = Conversations.indexOf(Math.floor(length * this.#random() ** 2), length);
    let receiver = to ?? Conversations.contactOf(author, Math.floor(CONTACTS * this.#random() ** 2), length);
    // Half of what is said is an answer.
    if (to === undefined && this.#random() < 0.5) [author, receiver] = [receiver, author];
    const said = this.#texts[Math.floor(this.#random() * TEXTS)];
    const { text = said, more = NOTHING, room } = this.vary(this.#nth, said) ?? {};
    const people = { from: this.#parties[author], to: room === undefined ? this.#parties[receiver] : partyOf(room) };
    const stanza = this.#stanza({ nth: this.#nth, atMs: this.atMs, text, more, room, ...people });
    this.#nth++;
    return stanza;
  }
}

function partyOf({ id, jid }) {
  return {
    accountId: Number(id),
    bare: Buffer.from(jid),
    device: Buffer.from('Laptop.a7Xq'),
    office: Buffer.from('Berlin'),
  };
}

/** One object for all messages, as routing has one. */
function stanzaOf() {
  const bytes = Buffer.alloc(262_144);
  const r = { bytes, originIdStart: -1, originIdEnd: -1, threadStart: -1, threadEnd: -1 };
  r.writeTo = (target, offset) => offset + bytes.copy(target, offset, 0, r.maxBytes);
  return ({ nth, atMs, text, more, room, from, to }) => {
    const ms = Math.floor(atMs) - EPOCH_MS;
    Object.assign(r, { atMs: Math.floor(atMs), author: from, receiver: to });
    Object.assign(r, { flags: room ? GROUPCHAT : CHAT, room: room ? to.bare : undefined });
    r.idHigh = Math.floor(ms / 1_024) >>> 0;
    r.idLow = (((ms % 1_024) << 22) | ((nth & 0xfff) << 10)) >>> 0;
    const id = r.idHigh.toString(16).padStart(8, '0') + r.idLow.toString(16).padStart(8, '0');
    let at = bytes.latin1Write(
      `<message from='${from.bare.latin1Slice()}/Laptop.a7Xq' to='${to.bare.latin1Slice()}' type='chat' id='`,
      0,
    );
    r.stanzaIdStart = at;
    at += bytes.latin1Write(`f${nth}`, at);
    r.stanzaIdEnd = at;
    at += bytes.latin1Write(`'><body>`, at);
    r.bodyStart = at;
    at += text.copy(bytes, at);
    r.bodyEnd = at;
    at += bytes.latin1Write(`</body><stanza-id xmlns='urn:xmpp:sid:0' by='${to.bare.latin1Slice()}' id='${id}'/>`, at);
    at += more.copy(bytes, at);
    at += bytes.latin1Write(`</message>`, at);
    r.maxBytes = at;
    return r;
  };
}
