// For campaigns: an XMPP client of a few lines that comes back by itself: XEP-0198 with resumption, MAM where that fails.
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { Scanner, StreamFramer, toTree, Vocabulary } = await import(path.join(root, 'libs/wire/dist/index.js'));

const SM = 'urn:xmpp:sm:3';
const MAM = 'urn:xmpp:mam:2';
const SID = 'urn:xmpp:sid:0';
const scanner = new Scanner(new Vocabulary());
const STEP_WITHIN_MS = 10_000;
const ASK_EVERY = 5;
const COUNTER = 2 ** 32;

/** What is sent counts until it is acknowledged; what is received counts from `<enabled/>` on. */
export class Device {
  /** Sent and not acknowledged, in order: { id, xml, number }. */
  queue = [];
  /** Milliseconds until `<r/>` was answered: the longest so far. */
  slowestAck = 0;
  #askedAt = [];
  handled = 0;
  isUp = false;
  isWanted = true;
  lastId;
  why = {};
  counts = { connects: 0, resumed: 0, failed: 0, fresh: 0 };
  #sent = 0;
  #acked = 0;
  #session;
  #socket;
  #inbox = [];
  #waiting;
  #generation = 0;

  /**
   * `told`: { accepted(ids), message(element, how), bounced(id) }. `reads`: it takes messages, and catches up by MAM.
   * `room`: it is in this room, under its user's name; what is said there it catches up from the room's archive.
   */
  constructor({ port, domain, user, resource, password, reads, room, told }) {
    Object.assign(this, { port, domain, user, resource, password, reads, room, told });
    this.running = this.#run();
  }

  /** Sends a message now, or when it is back. */
  send(id, xml) {
    this.queue.push({ id, xml, number: undefined });
    if (this.isUp) this.#pass(this.queue.at(-1));
  }

  /** Asks what the server has handled; `slowestAck` tells how long the answer took. */
  ask() {
    if (!this.isUp) return;
    this.#askedAt.push(performance.now());
    this.#write(`<r xmlns='${SM}'/>`);
  }

  /** Milliseconds until a ping was answered. */
  async ping() {
    const began = performance.now();
    const id = randomBytes(6).toString('hex');
    this.#counted(`<iq type='get' id='${id}' to='${this.domain}'><ping xmlns='urn:xmpp:ping'/></iq>`);
    await this.#next((element) => element.is('iq') && element.attrs.id === id);
    return performance.now() - began;
  }

  /** The longest that an `<r/>` of now has waited. */
  get oldestAsk() {
    return this.#askedAt.length === 0 ? 0 : performance.now() - this.#askedAt[0];
  }

  /** The connection is lost: both sides see it at once. */
  cut() {
    this.#socket?.destroy();
  }

  /** The connection goes dead: the server still takes it for alive when the client comes back over another one. */
  vanish() {
    const socket = this.#socket;
    if (!socket) return;
    socket.removeAllListeners('data').pause();
    this.#closed(this.#generation);
    setTimeout(() => socket.destroy(), 3000).unref();
  }

  /** The connection is lost, and it comes back when the function that is returned is called. */
  leave() {
    const { promise, resolve } = Promise.withResolvers();
    this.away = promise;
    this.cut();
    return resolve;
  }

  async stop() {
    this.isWanted = false;
    this.cut();
    await this.running;
  }

  async #run() {
    let pauseMs = 50;
    while (this.isWanted) {
      await this.away;
      const closed = new Promise((resolve) => (this.whenClosed = resolve));
      try {
        await this.#connect();
        pauseMs = 50;
        await closed;
      } catch {
        this.#socket?.destroy();
      }
      this.isUp = false;
      if (this.isWanted) await wait(pauseMs + Math.random() * 50);
      pauseMs = Math.min(pauseMs * 2, 1000);
    }
  }

  async #connect() {
    this.counts.connects++;
    const generation = ++this.#generation;
    this.#inbox = [];
    this.#socket = net.connect(this.port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => this.#closed(generation));
    this.#socket.on('data', (chunk) => this.#feed(chunk));
    await this.#open();
    const plain = Buffer.from(`\0${this.user}\0${this.password}`).toString('base64');
    this.#write(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`);
    await this.#next((element) => element.is('success'));
    await this.#open();
    if (!(await this.#resume())) await this.#begin();
  }

  async #open() {
    this.framer = new StreamFramer(
      scanner,
      {
        opened: () => undefined,
        element: (bytes, scan) => this.#arrived(toTree(bytes, scan.start, scan.end, scan.namespaces)),
        closed: () => this.#socket.destroy(),
      },
      { limits: { maxBytes: 4_194_304 } },
    );
    this.#write(
      `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${this.domain}' version='1.0'>`,
    );
    await this.#next((element) => element.getName() === 'features');
  }

  async #resume() {
    if (!this.#session) return false;
    this.#write(`<resume xmlns='${SM}' previd='${this.#session}' h='${this.handled % COUNTER}'/>`);
    // What the server sends again comes right behind its answer: counting goes on with it.
    const answer = await this.#next((element) => element.is('resumed', SM) || element.is('failed', SM));
    if (answer.attrs.h !== undefined) this.#acknowledged(Number(answer.attrs.h));
    if (answer.is('failed', SM)) {
      this.counts.failed++;
      const why = answer.getChildElements()[0]?.getName() ?? 'unknown';
      this.why[why] = (this.why[why] ?? 0) + 1;
      this.#session = undefined;
      return false;
    }
    this.counts.resumed++;
    this.isUp = true;
    for (const entry of this.queue) this.#pass(entry, true);
    return true;
  }

  async #begin() {
    this.counts.fresh++;
    const id = randomBytes(6).toString('hex');
    this.#write(
      `<iq type='set' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${this.resource}</resource></bind></iq>`,
    );
    await this.#next((element) => element.is('iq') && element.attrs.id === id);
    this.#write(`<enable xmlns='${SM}' resume='true'/>`);
    const enabled = await this.#next((element) => element.is('enabled', SM));
    this.handled = this.#sent = this.#acked = 0;
    for (const entry of this.queue) entry.number = undefined;
    if (this.room) await this.#enter();
    else if (this.reads) await this.#catchUp();
    // Cut before this, it begins again: nobody goes on with half a log-in.
    this.#session = enabled.attrs.id;
    this.isUp = true;
    for (const entry of this.queue) this.#pass(entry);
  }

  /** Everything behind the last message known, while new ones are held back; then both in the order of the archive. */
  async #catchUp() {
    this.held = new Map();
    // A client that reads the archive is not sent offline messages: it says so before it becomes available.
    await this.#page(undefined, 0);
    this.#counted(`<presence/>`);
    await this.#readMissed();
  }

  /** Comes in, makes the room one that stays if it is new, and reads what was said meanwhile. */
  async #enter() {
    this.held = new Map();
    const self = `${this.room}/${this.user}`;
    this.#counted('<presence/>');
    this.#counted(
      `<presence to='${self}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`,
    );
    const isOwn = (element) =>
      element.is('presence') && element.attrs.from === self && /code="110"/.test(String(element));
    const presence = await this.#next(isOwn);
    this.#inbox = [];
    if (/code="201"/.test(String(presence))) await this.#keepRoom();
    await this.#readMissed(this.room);
  }

  async #keepRoom() {
    const id = randomBytes(6).toString('hex');
    const field = (name, value) => `<field var='${name}'><value>${value}</value></field>`;
    const form = `${field('FORM_TYPE', 'http://jabber.org/protocol/muc#roomconfig')}${field('muc#roomconfig_persistentroom', 1)}`;
    this.#counted(
      `<iq type='set' id='${id}' to='${this.room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>${form}</x></query></iq>`,
    );
    await this.#next((element) => element.is('iq') && element.attrs.id === id);
  }

  async #readMissed(archive) {
    const missed = new Map();
    for (let after = this.lastId; ;) {
      const { rows, isComplete, last } = await this.#page(after, 100, archive);
      for (const row of rows) missed.set(row.id, row.message);
      if (isComplete) break;
      after = last;
    }
    const held = this.held;
    this.held = undefined;
    for (const [id, message] of missed) this.#take(id, message, 'archive');
    for (const [id, message] of held) if (!missed.has(id)) this.#take(id, message, 'live');
  }

  async #page(after, max, archive) {
    const id = randomBytes(6).toString('hex');
    const rows = [];
    this.results = (result) => rows.push(result);
    const set = `<set xmlns='http://jabber.org/protocol/rsm'><max>${max}</max>${after ? `<after>${after}</after>` : ''}</set>`;
    const to = archive ? ` to='${archive}'` : '';
    this.#counted(`<iq type='set' id='${id}'${to}><query xmlns='${MAM}'>${set}</query></iq>`);
    const answer = await this.#next((element) => element.is('iq') && element.attrs.id === id);
    if (answer.attrs.type === 'error') throw new Error('the archive cannot be read at the moment');
    const fin = answer.getChild('fin', MAM);
    const last = fin?.getChild('set')?.getChildText('last');
    return { rows, isComplete: max === 0 || fin?.attrs.complete === 'true', last };
  }

  /** A stanza that is not kept when it is lost; it counts all the same. */
  #counted(xml) {
    this.#sent++;
    this.#write(xml);
  }

  #pass(entry, again = false) {
    if (!again || entry.number === undefined) entry.number = ++this.#sent;
    this.#write(entry.xml);
    if (this.asksItself !== false && (this.#sent % ASK_EVERY === 0 || this.queue.at(-1) === entry))
      this.#write(`<r xmlns='${SM}'/>`);
  }

  #acknowledged(h) {
    const more = (((h - this.#acked) % COUNTER) + COUNTER) % COUNTER;
    if (more > this.#sent - this.#acked) {
      this.told.fault?.(`${this.user}: the server acknowledges ${h}, sent were ${this.#sent}`);
      return;
    }
    this.#acked += more;
    const accepted = [];
    while (this.queue.length > 0 && this.queue[0].number !== undefined && this.queue[0].number <= this.#acked)
      accepted.push(this.queue.shift().id);
    if (accepted.length > 0) this.told.accepted(accepted);
  }

  #arrived(element) {
    const name = element.getName();
    if (name === 'message' || name === 'presence' || name === 'iq') this.handled++;
    if (element.is('r', SM)) this.#write(`<a xmlns='${SM}' h='${this.handled % COUNTER}'/>`);
    else if (element.is('a', SM)) {
      const askedAt = this.#askedAt.shift();
      if (askedAt !== undefined) this.slowestAck = Math.max(this.slowestAck, performance.now() - askedAt);
      this.#acknowledged(Number(element.attrs.h));
    } else if (name === 'message') this.#message(element);
    else {
      this.#inbox.push(element);
      this.#waiting?.();
    }
  }

  #message(element) {
    const result = element.getChild('result', MAM);
    if (element.attrs.type === 'error') this.told.bounced(element.attrs.id, element);
    else if (result) {
      const message = result.getChild('forwarded', 'urn:xmpp:forward:0').getChild('message');
      this.results({ id: result.attrs.id, message });
    } else if (!this.room || element.getChild('body')) this.#said(element);
  }

  #said(element) {
    const id = element.getChildren('stanza-id').find((child) => child.getNS() === SID)?.attrs.id;
    if (this.held) this.held.set(id, element);
    else this.#take(id, element, 'live');
  }

  #take(id, element, how) {
    if (how === 'live' || this.lastId === undefined || id > this.lastId) this.lastId = id;
    this.told.message?.(element, { id, how });
  }

  #write(text) {
    this.#socket?.write(text);
  }

  #feed(chunk) {
    const copy = Buffer.allocUnsafe(chunk.length + 1);
    chunk.copy(copy);
    this.framer.feed(copy, chunk.length);
  }

  #closed(generation) {
    if (generation !== this.#generation) return;
    this.#generation++;
    this.isUp = false;
    this.held = undefined;
    this.#socket = undefined;
    this.#waiting?.();
    this.whenClosed?.();
  }

  async #next(fits) {
    const generation = this.#generation;
    const deadline = Date.now() + STEP_WITHIN_MS;
    for (;;) {
      const i = this.#inbox.findIndex(fits);
      if (i >= 0) return this.#inbox.splice(i, 1)[0];
      if (generation !== this.#generation || !this.#socket) throw new Error('the connection was lost');
      if (Date.now() > deadline) throw new Error('nothing came in time');
      await Promise.race([new Promise((resolve) => (this.#waiting = resolve)), wait(500)]);
    }
  }
}
