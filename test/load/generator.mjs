// A load generator in one process: clients in pairs over plain TCP, SCRAM-SHA-1, each id checked to arrive once and in order.
// Small on purpose; the peer bench's generator in C is the one to compare servers with.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import net from 'node:net';

const keys = new Map();

/** PBKDF2 once per salt: the generator must not be what is measured. */
function clientKeyFor(password, salt, iterations) {
  const name = `${salt} ${iterations}`;
  const known = keys.get(name);
  if (known) return known;
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), iterations, 20, 'sha1');
  const made = createHmac('sha1', salted).update('Client Key').digest();
  keys.set(name, made);
  return made;
}

class Client {
  carry = '';
  sent = 0;
  received = 0;
  /** Presence stanzas that have come, one's own included. */
  presences = 0;
  onMessage = () => undefined;
  #expect = [];
  #watching = [];
  #tail = '';

  constructor(user, { port, domain, password }) {
    Object.assign(this, { user, domain, password, socket: net.connect(port, '127.0.0.1') });
    this.socket.setNoDelay(true).setEncoding('utf8');
    this.socket.on('data', (text) => this.#data(text));
    this.socket.on('error', (error) => this.fail?.(error));
  }

  async login() {
    const { domain, user, password } = this;
    const header = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}' version='1.0'>`;
    await this.ask(header, '</stream:features>');
    const bare = `n=${user},r=${randomBytes(12).toString('base64')}`;
    const b64 = (text) => Buffer.from(text).toString('base64');
    const challenge = await this.ask(
      `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>${b64(`n,,${bare}`)}</auth>`,
      '</challenge>',
    );
    const first = Buffer.from(/>([^<]+)<\/challenge>/.exec(challenge)[1], 'base64').toString();
    const [, nonce, salt, iterations] = /r=([^,]+),s=([^,]+),i=(\d+)/.exec(first);
    const clientKey = clientKeyFor(password, salt, Number(iterations));
    const withoutProof = `c=biws,r=${nonce}`;
    const stored = createHash('sha1').update(clientKey).digest();
    const signature = createHmac('sha1', stored).update(`${bare},${first},${withoutProof}`).digest();
    const proof = Buffer.from(clientKey.map((byte, i) => byte ^ signature[i])).toString('base64');
    await this.ask(
      `<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${b64(`${withoutProof},p=${proof}`)}</response>`,
      '</success>',
    );
    await this.ask(header, '</stream:features>');
    await this.ask(
      `<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>bench</resource></bind></iq>`,
      '</iq>',
    );
    await this.ask('<presence/>', '<presence');
    this.carry = '';
    this.chatting = true;
  }

  ask(text, until) {
    return new Promise((resolve, reject) => {
      this.fail = reject;
      this.#expect = [until, resolve];
      this.socket.write(text);
    });
  }

  /** Sends, and resolves when what has come since then fits. */
  until(text, fits) {
    return new Promise((resolve) => {
      this.#watching.push({ came: '', fits, resolve });
      if (text !== '') this.socket.write(text);
    });
  }

  write(text) {
    this.socket.write(text);
  }

  /** A sign of life. */
  sign() {
    this.socket.write(`<iq type='result' id='here'/>`);
  }

  #data(text) {
    this.#countPresences(text);
    for (const watch of this.#watching) {
      watch.came += text;
      if (!watch.fits(watch.came)) continue;
      this.#watching = this.#watching.filter((other) => other !== watch);
      watch.resolve();
    }
    if (!this.chatting) {
      this.carry += text;
      const [until, resolve] = this.#expect;
      if (!until || !this.carry.includes(until)) return;
      const whole = this.carry;
      this.carry = '';
      resolve(whole);
      return;
    }
    const all = this.carry + text;
    let from = 0;
    for (let at; (at = all.indexOf('</message>', from)) >= 0; from = at + 10) {
      const id = idWithin(all, from, at);
      if (id !== undefined) this.onMessage(id);
    }
    // What is no message is of no interest any more.
    const begun = all.indexOf('<message', from);
    this.carry = begun < 0 ? all.slice(from).slice(-8) : all.slice(begun);
  }

  #countPresences(text) {
    const all = this.#tail + text;
    for (let at = all.indexOf('<presence'); at >= 0; at = all.indexOf('<presence', at + 1)) this.presences++;
    this.#tail = all.slice(-8);
  }
}

/** Servers pass a stanza on as it came, with our quotes, and write one that waited anew, with theirs. */
function idWithin(text, from, to) {
  for (const quote of [`'`, '"']) {
    const at = text.indexOf(` id=${quote}m`, from);
    if (at >= 0 && at < to) return text.slice(at + 5, text.indexOf(quote, at + 5));
  }
  return undefined;
}

const BODY = 'x'.repeat(100);
/** Each client says that often that it is there: pings are not answered, and whoever only listens would be taken for dead. */
const SIGN_EVERY_S = 10;

/** Logs `users` clients in, from number `first` on, 64 at a time; gives them with the log-ins per second. */
export async function connect(options) {
  const clients = [];
  const began = performance.now();
  const { first = 0, users } = options;
  let next = first;
  const work = async () => {
    while (next < first + users) {
      const client = new Client(`u${next++}`, options);
      await client.login();
      clients.push(client);
    }
  };
  await Promise.all(Array.from({ length: 64 }, work));
  return { clients, loginsPerS: users / ((performance.now() - began) / 1000) };
}

/**
 * Pairs chat for `seconds`. Closed loop with `window` in flight per sender, or open loop at `rate` per second, timed from the
 * moment a message was due; ends earlier when `ended` resolves. Ids are `m<run>.<sender>.<n>`; an id out of order or twice ends the run.
 */
export async function chat(
  clients,
  { seconds, window, rate, run, onSecond = () => undefined, ended = new Promise(() => undefined) },
) {
  const pairs = [];
  for (let i = 0; i + 1 < clients.length; i += 2)
    pairs.push({ from: clients[i], to: clients[i + 1], sent: 0, got: 0, due: [] });
  const latencies = [];
  let sentTotal = 0;
  let gotTotal = 0;
  let fault;
  let isOver = false;
  const send = (pair, dueAt) => {
    const id = `m${run}.${pair.from.user}.${pair.sent++}`;
    pair.due.push(dueAt);
    sentTotal++;
    pair.from.socket.write(
      `<message to='${pair.to.user}@${pair.to.domain}' type='chat' id='${id}'><body>${BODY}</body></message>`,
    );
  };
  for (const pair of pairs) {
    pair.to.onMessage = (id) => {
      const wanted = `m${run}.${pair.from.user}.${pair.got++}`;
      if (id !== wanted) fault ??= new Error(`expected ${wanted}, not ${id}`);
      gotTotal++;
      latencies.push(performance.now() - pair.due.shift());
      if (!isOver && rate === undefined) send(pair, performance.now());
    };
  }
  const began = performance.now();
  if (rate === undefined) for (const pair of pairs) for (let i = 0; i < window; i++) send(pair, performance.now());
  let next = 0;
  const tick = setInterval(() => {
    if (rate === undefined) return;
    const now = performance.now();
    for (
      let due = began + (next * 1000) / rate;
      due <= now && !isOver && now - began < seconds * 1000;
      due = began + (++next * 1000) / rate
    ) {
      send(pairs[next % pairs.length], due);
    }
  }, 1);
  let signs = 0;
  const second = setInterval(() => {
    for (let i = signs++ % SIGN_EVERY_S; i < clients.length; i += SIGN_EVERY_S) clients[i].sign();
    onSecond((performance.now() - began) / 1000);
  }, 1000);
  let timer;
  await Promise.race([new Promise((resolve) => (timer = setTimeout(resolve, seconds * 1000))), ended]);
  clearTimeout(timer);
  isOver = true;
  const atEnd = gotTotal;
  const elapsed = (performance.now() - began) / 1000;
  clearInterval(tick);
  clearInterval(second);
  const deadline = performance.now() + 20_000;
  while (gotTotal < sentTotal && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  if (fault) throw fault;
  latencies.sort((a, b) => a - b);
  const at = (q) =>
    Number((latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? 0).toFixed(2));
  return {
    sent: sentTotal,
    delivered: gotTotal,
    lost: sentTotal - gotTotal,
    perS: Math.round(atEnd / elapsed),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
  };
}
