// For campaigns: a line between two servers goes dead and they are killed meanwhile: what of what was promised arrives.
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Device } from './device.mjs';

/** A line to a server, over which nothing passes at times. */
export class Line {
  #pairs = new Set();
  #isDead = false;

  /** On port `at` of loopback, to `port`. */
  async open(at, port) {
    this.server = net.createServer((near) => this.#join(near, net.connect(port, '127.0.0.1')));
    await new Promise((resolve) => this.server.listen(at, '127.0.0.1', resolve));
  }

  /** What is sent gets lost and nobody is told, on connections that there are and on new ones. */
  die() {
    this.#isDead = true;
    for (const pair of this.#pairs) pair.isDead = true;
  }

  /** The way knows nothing of connections from before and ends them; new ones are carried. */
  revive() {
    this.#isDead = false;
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.destroy();
    this.#pairs.clear();
  }

  close() {
    this.server?.close();
    this.revive();
  }

  #join(near, far) {
    const pair = { near, far, isDead: this.#isDead };
    this.#pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      from.setNoDelay(true);
      from.on('data', (data) => pair.isDead || to.destroyed || to.write(data));
      from.on('error', () => undefined);
      from.on('close', () => {
        if (pair.isDead) return;
        this.#pairs.delete(pair);
        to.destroy();
      });
    }
  }
}

const MOST_UNACKNOWLEDGED = 60;
const LOOK_EVERY_MS = 50;
const TWICE_MS = 2000;

/**
 * People of two servers who write to each other at a steady pace, each under stream management: what is not acknowledged
 * they send again, and who receives reads in the archive what was missed.
 */
export class Talk {
  faults = [];
  #isOver = false;

  /** `servers`: two of { port, domain }. `first`: number of the first user; so many `pairs` write each way. */
  constructor({ servers, first, pairs, password, everyMs }) {
    Object.assign(this, { password, everyMs });
    const [here, there] = servers;
    this.ways = [
      { from: here, to: there },
      { from: there, to: here },
    ];
    this.pairs = this.ways.flatMap((way) => Array.from({ length: pairs }, (_, i) => this.#pair(way, first + i, pairs)));
  }

  async begin() {
    await this.#until(() => this.pairs.every(({ sender, receiver }) => sender.isUp && receiver.isUp), 30_000);
    // Whom nobody has written to has no last message to catch up from: one each, before anything breaks.
    for (const pair of this.pairs) pair.say();
    await this.#until(() => this.pairs.every(({ got }) => got.length > 0), 30_000);
    this.speaking = this.pairs.map((pair) => this.#keepSaying(pair));
  }

  /** Nobody begins another message; resolves when all that was said is acknowledged. */
  async end() {
    this.#isOver = true;
    await Promise.all(this.speaking);
    await this.#until(() => this.pairs.every(({ sender }) => sender.queue.length === 0), 60_000);
  }

  /** Waits until everything is there or has come back, or for `quietMs` nothing has; then for what comes twice. */
  async settle(quietMs) {
    const began = performance.now();
    const last = () => Math.max(began, ...this.pairs.map(({ lastAt }) => lastAt));
    while (!this.#isDone && performance.now() - last() < quietMs) await wait(LOOK_EVERY_MS);
    await wait(TWICE_MS);
  }

  /** What has been said until now waits for the line, which is there again. */
  revived() {
    this.revivedAt = performance.now();
    for (const pair of this.pairs) pair.waited = pair.said;
  }

  /** Seconds from then until the last of it was there or had come back. */
  get caughtUpAfterS() {
    const moments = this.pairs.flatMap(({ waited, idOf, firstAt }) =>
      Array.from({ length: waited }, (_, n) => firstAt.get(idOf(n)) ?? 0),
    );
    return Number((Math.max(0, Math.max(...moments) - this.revivedAt) / 1000).toFixed(1));
  }

  get #isDone() {
    return this.pairs.every(({ said, got, bounced }) => new Set([...got, ...bounced.keys()]).size >= said);
  }

  get said() {
    return this.pairs.reduce((sum, { said }) => sum + said, 0);
  }

  async leave() {
    await Promise.all(this.pairs.flatMap(({ sender, receiver }) => [sender.stop(), receiver.stop()]));
  }

  /** By way: what was said, arrived, came back, and is neither there nor back, or there twice, or behind a later one. */
  outcome() {
    return this.ways.map((way) => {
      const pairs = this.pairs.filter((pair) => pair.way === way);
      const all = { name: `${way.from.domain} → ${way.to.domain}`, said: 0, arrived: 0, bounced: 0 };
      const found = { lost: [], double: [], disordered: [] };
      for (const pair of pairs) {
        const arrived = new Set(pair.got);
        all.said += pair.said;
        all.arrived += arrived.size;
        all.bounced += pair.bounced.size;
        for (let n = 0; n < pair.said; n++) {
          const id = pair.idOf(n);
          if (!arrived.has(id) && !pair.bounced.has(id)) found.lost.push(id);
        }
        checkOrder(pair.got, found);
      }
      const why = {};
      for (const reason of pairs.flatMap(({ bounced }) => [...bounced.values()])) why[reason] = (why[reason] ?? 0) + 1;
      return { ...all, ...found, why };
    });
  }

  #pair(way, number, pairs) {
    const idOf = (n) => `${way.from.domain} ${number} ${n}`;
    const pair = { way, idOf, said: 0, waited: 0, got: [], bounced: new Map(), lastAt: 0, firstAt: new Map() };
    const to = `u${number + pairs}@${way.to.domain}`;
    pair.say = () => {
      const id = pair.idOf(pair.said++);
      const origin = `<origin-id xmlns='urn:xmpp:sid:0' id='${id}'/>`;
      pair.sender.send(id, `<message to='${to}' type='chat' id='${id}'><body>${id}</body>${origin}</message>`);
    };
    const note = (id) => {
      pair.lastAt = performance.now();
      if (!pair.firstAt.has(id)) pair.firstAt.set(id, pair.lastAt);
    };
    const bounced = (id, error) => {
      pair.bounced.set(id, error.getChild('error')?.getChildElements()[0]?.getName() ?? 'unknown');
      note(id);
    };
    const message = ({ attrs: { id } }) => {
      pair.got.push(id);
      note(id);
    };
    pair.sender = this.#device(way.from, `u${number}`, { bounced });
    pair.receiver = this.#device(way.to, `u${number + pairs}`, { message });
    return pair;
  }

  #device({ port, domain }, user, told) {
    return new Device({
      port,
      domain,
      user,
      resource: 'desk',
      password: this.password,
      reads: told.message !== undefined,
      told: {
        accepted: () => undefined,
        bounced: () => undefined,
        fault: (text) => this.faults.push(`${domain}: ${text}`),
        ...told,
      },
    });
  }

  async #keepSaying(pair) {
    while (!this.#isOver) {
      await wait(this.everyMs * 2 * Math.random());
      if (pair.sender.queue.length < MOST_UNACKNOWLEDGED) pair.say();
    }
  }

  async #until(holds, withinMs) {
    const deadline = Date.now() + withinMs;
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`${this.ways[0].from.domain}: people could not log in or be heard.`);
      await wait(LOOK_EVERY_MS);
    }
  }
}

function checkOrder(ids, { double, disordered }) {
  const seen = new Set();
  let last = -1;
  for (const id of ids) {
    const number = Number(id.split(' ').at(-1));
    if (seen.has(id)) double.push(id);
    else if (number < last) disordered.push(`${id} behind ${last}`);
    seen.add(id);
    last = Math.max(last, number);
  }
}
