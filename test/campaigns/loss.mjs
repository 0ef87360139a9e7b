// Nothing is lost: cuts, kill -9 of server and PostgreSQL, frozen PostgreSQL; a checker over senders, receivers and journal.
import { setTimeout as wait } from 'node:timers/promises';
import { Device } from './device.mjs';
import { Machinery, progress } from './machinery.mjs';
import { conclude, startChecking, total, waiter, waysOf } from './nothing-lost.mjs';

if (process.argv.includes('--help')) {
  process.stdout.write('usage: npm run campaign -- loss [--small] [--seed N]\n');
  process.exit(0);
}
const isSmall = process.argv.includes('--small');
const size = isSmall
  ? { messages: 10_000, server: 3, postgres: 3, freezes: 1, freezeMs: 20_000, everyMs: 3000 }
  : { messages: 200_000, server: 30, postgres: 30, freezes: 10, freezeMs: 20_000, everyMs: 6000 };
const PAIRS = 50;
const MOST_UNACKNOWLEDGED = 60;
const PAGE = {
  name: 'loss',
  title: 'Nothing is lost',
  intro: `${PAIRS} senders write to ${PAIRS} people with two devices each, while connections are cut or go dead, the server and PostgreSQL are killed and PostgreSQL is stopped, at random. Senders keep what is not acknowledged and send it again (XEP-0198; after a refused resumption under the same id), receivers resume, or read the archive from their last message on (XEP-0313). The checker compares what senders were told with the journal and with what each device got.`,
};
const seedAt = process.argv.indexOf('--seed');
const seed = seedAt > 0 ? Number(process.argv[seedAt + 1]) : Math.floor(Date.now() % 1e9);
const random = randomFrom(seed);

const machinery = new Machinery({ users: PAIRS * 2 });
const until = waiter(machinery, () => `(seed ${seed})`);
const started = Date.now();
await machinery.start();
const say = progress();
const faults = [];
const injected = { server: 0, postgres: 0, freezes: 0, cuts: 0, dead: 0 };

/** Per sender: what it sent, what was acknowledged, what came back with an error. */
const senders = [];
/** Per receiving device: ids in the order in which they came, and how. */
const receivers = [];
for (let i = 0; i < PAIRS; i++) {
  senders.push(sender(i));
  for (const resource of ['phone', 'laptop']) receivers.push(receiver(i, resource));
}
const devices = [...senders, ...receivers].map(({ device }) => device);
await until(() => devices.every(({ isUp }) => isUp), 60_000, 'everybody is there');
// Whom nobody has written to has no last message to catch up from: one each, before anything breaks.
for (const one of senders) one.sendOne();
await until(() => receivers.every(({ got }) => got.length > 0), 30_000, 'the first message is everywhere');

const perSender = Math.ceil(size.messages / PAIRS);
const planned = shuffle([
  ...Array.from({ length: size.server }, () => 'server'),
  ...Array.from({ length: size.postgres }, () => 'postgres'),
  ...Array.from({ length: size.freezes }, () => 'freezes'),
]);
const estimateMs = planned.length * (size.everyMs + 1500) + size.freezes * size.freezeMs;
let isOver = false;
const sending = senders.map((one) => keepSending(one));
const cutting = keepCutting();
for (const fault of planned) {
  await wait(size.everyMs * (0.5 + random()));
  say(`${fault}; ${total(senders, 'accepted')} of ${size.messages} messages acknowledged`);
  injected[fault]++;
  if (fault === 'server') await machinery.killServer();
  else if (fault === 'postgres') await machinery.killPostgres();
  else {
    machinery.freezePostgres();
    await wait(size.freezeMs);
    machinery.thawPostgres();
  }
}
await Promise.all(sending);
isOver = true;
await cutting;
await until(
  () => senders.every(({ device, retrying }) => device.queue.length === 0 && retrying.size === 0),
  180_000,
  'everything is acknowledged',
);
await until(
  () => receivers.every(({ got, of }) => new Set(got.map(({ id }) => id)).size >= senders[of].accepted.size),
  60_000,
  'everything has arrived',
  false,
);
await wait(1000);

const journal = await machinery.query(
  `SELECT stanza_id AS id, lpad(to_hex(id), 16, '0') AS journal_id FROM journal WHERE verdict = 0 ORDER BY journal.id`,
);
const verdict = check(journal);
for (const device of devices) void device.stop();
await machinery.stop();
report(verdict);

function sender(i) {
  const one = { i, next: 0, accepted: new Set(), bounced: new Set(), retrying: new Set(), sent: new Map() };
  const to = `u${i + PAIRS}@localhost`;
  const stanza = (id, body) =>
    `<message to='${to}' type='chat' id='${id}'><body>${body}</body><origin-id xmlns='urn:xmpp:sid:0' id='${id}'/></message>`;
  one.sendOne = () => {
    const id = `s${i}-${one.next++}`;
    one.sent.set(id, stanza(id, `message ${id}`));
    one.device.send(id, one.sent.get(id));
  };
  one.device = new Device({
    port: machinery.port,
    domain: 'localhost',
    user: `u${i}`,
    resource: 'desk',
    password: 'secret',
    reads: false,
    told: {
      accepted: (ids) => {
        for (const id of ids) one.accepted.add(id);
      },
      // Not sent, says the server: it is sent again, and may now come behind later ones.
      bounced: (id) => {
        one.bounced.add(id);
        one.accepted.delete(id);
        one.retrying.add(id);
        setTimeout(() => {
          one.retrying.delete(id);
          one.device.send(id, one.sent.get(id));
        }, 500);
      },
      fault: (text) => faults.push(text),
    },
  });
  return one;
}

function receiver(of, resource) {
  const one = { of, resource, got: [], live: new Set() };
  one.device = new Device({
    port: machinery.port,
    domain: 'localhost',
    user: `u${of + PAIRS}`,
    resource,
    password: 'secret',
    reads: true,
    told: {
      accepted: () => undefined,
      bounced: () => undefined,
      message: (element, { id, how }) => one.got.push({ id: element.attrs.id, stanzaId: id, how }),
      fault: (text) => faults.push(text),
    },
  });
  return one;
}

async function keepSending(one) {
  const gapMs = Math.max(1, estimateMs / perSender);
  while (one.next < perSender) {
    await wait(gapMs * 2 * random());
    // What waits while the line is down leaves in a burst, as from a person's pocket.
    if (one.device.queue.length < MOST_UNACKNOWLEDGED) one.sendOne();
  }
}

async function keepCutting() {
  while (!isOver) {
    await wait(100 + 300 * random());
    const device = devices[Math.floor(random() * devices.length)];
    if (random() < 0.3) {
      injected.dead++;
      device.vanish();
    } else {
      injected.cuts++;
      device.cut();
    }
  }
}

/** What was promised, against what is there. */
function check(rows) {
  const { recorded, found } = startChecking(rows);
  for (const { accepted } of senders) for (const id of accepted) if (!recorded.has(id)) found.lost.push(id);
  for (const one of receivers) checkReceiver(one, recorded, found);
  for (const one of senders)
    checkOrder(
      rows.filter(({ id }) => id?.startsWith(`s${one.i}-`)).map(({ id }) => id),
      one,
      found,
      'journal',
    );
  return found;
}

function checkReceiver({ of, resource, got }, recorded, found) {
  const name = `u${of + PAIRS}/${resource}`;
  const seen = new Map();
  for (const { id, stanzaId, how } of got) {
    if (!recorded.get(id)?.includes(stanzaId)) found.unrecorded.push(`${id} at ${name}`);
    if (seen.has(id)) found.double.push(`${id} at ${name}: ${seen.get(id)}, then ${how}`);
    seen.set(id, how);
  }
  for (const id of senders[of].accepted) if (!seen.has(id)) found.undelivered.push(`${id} at ${name}`);
  checkOrder(
    got.map(({ id }) => id),
    senders[of],
    found,
    name,
  );
}

/** In the order in which they were sent; what came back with an error was sent later. */
function checkOrder(ids, { bounced }, found, where) {
  let last = -1;
  for (const id of ids) {
    if (bounced.has(id)) continue;
    const number = Number(id.split('-')[1]);
    if (number < last) found.disordered.push(`${id} behind ${last} in ${where}`);
    last = Math.max(last, number);
  }
}

function report(found) {
  const sum = (name) => devices.reduce((all, { counts }) => all + counts[name], 0);
  const why = devices.reduce((all, device) => {
    for (const [name, n] of Object.entries(device.why)) all[name] = (all[name] ?? 0) + n;
    return all;
  }, {});
  const ways = waysOf(receivers);
  const figures = [
    ['messages acknowledged', total(senders, 'accepted')],
    ['came back with an error of type wait, sent again', total(senders, 'bounced')],
    ['rows in the journal', journal.length],
    ['deliveries: live, resumed or late', ways.live ?? 0],
    ['deliveries: read from the archive after a refused resumption', ways.archive ?? 0],
    ['kill -9 of the server', injected.server],
    ['kill -9 of PostgreSQL', injected.postgres],
    [`PostgreSQL stopped for ${size.freezeMs / 1000} s`, injected.freezes],
    ['connections cut', injected.cuts],
    ['connections dead, resumed over another', injected.dead],
    ['log-ins', sum('connects')],
    ['streams resumed', sum('resumed')],
    ['resumptions refused', sum('failed')],
    ...Object.entries(why).map(([name, n]) => [`… with ${name}`, n]),
  ];
  conclude({ figures, found, faults, since: started, page: isSmall ? undefined : PAGE, seed });
}

function shuffle(list) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/** mulberry32: small, and the same everywhere. */
function randomFrom(start) {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
