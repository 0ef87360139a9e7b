// Nothing said in a room is lost: kill -9 of the server in the middle of it; a checker over authors, occupants and journal.
import { setTimeout as wait } from 'node:timers/promises';
import { Device } from './device.mjs';
import { Machinery, progress } from './machinery.mjs';
import { conclude, startChecking, total, waiter, waysOf } from './nothing-lost.mjs';

if (process.argv.includes('--help')) {
  process.stdout.write('usage: npm run campaign -- rooms [--small]\n');
  process.exit(0);
}
const isSmall = process.argv.includes('--small');
const size = isSmall ? { messages: 1_000, kills: 2, everyMs: 2500 } : { messages: 10_000, kills: 10, everyMs: 5000 };
const OCCUPANTS = 20;
const AUTHORS = 10;
const ROOM = 'campaign@conference.localhost';
const MOST_UNACKNOWLEDGED = 40;
const PAGE = {
  name: 'rooms',
  title: 'Nothing said in a room is lost',
  intro: `${OCCUPANTS} people are in one room with stream management, ${AUTHORS} of them speak, while the server is killed and connections are cut at random. Who resumes goes on in the room; whose resumption is refused comes in anew and reads the room's archive from his last message on. The checker compares what authors were told and heard with the journal, and with what each occupant got.`,
};

const machinery = new Machinery({ users: OCCUPANTS });
const until = waiter(machinery, () => faults.slice(0, 5).join('\n'));
const started = Date.now();
await machinery.start();
const say = progress();
const faults = [];
let [kills, cuts] = [0, 0];

const people = [];
people.push(person(0));
await until(() => people[0].device.isUp, 30_000, 'the room is made');
for (let i = 1; i < OCCUPANTS; i++) people.push(person(i));
await until(() => people.every(({ device }) => device.isUp), 60_000, 'everybody is in the room');

const perAuthor = Math.ceil(size.messages / AUTHORS);
let isOver = false;
const speaking = people.slice(0, AUTHORS).map((one) => keepSpeaking(one));
const cutting = keepCutting();
while (kills < size.kills) {
  await wait(size.everyMs * (0.5 + Math.random()));
  say(`kill -9 number ${kills + 1}; ${total(people, 'accepted')} of ${size.messages} messages acknowledged`);
  kills++;
  await machinery.killServer();
}
await Promise.all(speaking);
isOver = true;
await cutting;
await until(
  () => people.every(({ device, retrying }) => device.queue.length === 0 && retrying.size === 0),
  120_000,
  'everything is acknowledged',
);
const all = total(people, 'accepted');
await until(
  () => people.every(({ got }) => new Set(got.map(({ id }) => id)).size >= all),
  60_000,
  'all is everywhere',
  false,
);
await wait(1000);

const journal = await machinery.query(
  `SELECT stanza_id AS id, lpad(to_hex(id), 16, '0') AS journal_id FROM journal
    WHERE verdict = 0 AND kind = 3 AND room = '${ROOM}' AND stanza_id IS NOT NULL ORDER BY journal.id`,
);
const found = check(journal);
for (const { device } of people) void device.stop();
await machinery.stop();
report(found);

function person(i) {
  const one = {
    i,
    next: 0,
    accepted: new Set(),
    reflected: new Set(),
    bounced: new Set(),
    retrying: new Set(),
    got: [],
  };
  const stanza = (id) => `<message to='${ROOM}' type='groupchat' id='${id}'><body>message ${id}</body></message>`;
  one.sendOne = () => {
    const id = `s${i}-${one.next++}`;
    one.device.send(id, stanza(id));
  };
  one.device = new Device({
    port: machinery.port,
    domain: 'localhost',
    user: `u${i}`,
    resource: 'desk',
    password: 'secret',
    room: ROOM,
    told: {
      accepted: (ids) => {
        for (const id of ids) one.accepted.add(id);
      },
      bounced: (id, error) => {
        if (!/type="wait"/.test(String(error))) faults.push(`u${i}: ${String(error)}`);
        one.bounced.add(id);
        one.accepted.delete(id);
        one.retrying.add(id);
        setTimeout(() => {
          one.retrying.delete(id);
          one.device.send(id, stanza(id));
        }, 500);
      },
      message: (element, { id, how }) => {
        one.got.push({ id: element.attrs.id, stanzaId: id, how });
        if (element.attrs.from === `${ROOM}/u${i}` && how === 'live') one.reflected.add(element.attrs.id);
      },
      fault: (text) => faults.push(text),
    },
  });
  return one;
}

async function keepSpeaking(one) {
  const gapMs = (size.kills * (size.everyMs + 1500)) / perAuthor;
  while (one.next < perAuthor) {
    await wait(gapMs * 2 * Math.random());
    if (one.device.queue.length < MOST_UNACKNOWLEDGED) one.sendOne();
  }
}

async function keepCutting() {
  while (!isOver) {
    await wait(200 + 600 * Math.random());
    cuts++;
    people[Math.floor(Math.random() * OCCUPANTS)].device.cut();
  }
}

function check(rows) {
  const { recorded, found } = startChecking(rows);
  for (const { accepted, reflected } of people) {
    for (const id of new Set([...accepted, ...reflected])) if (!recorded.has(id)) found.lost.push(id);
  }
  for (const one of people) checkOccupant(one, recorded, found);
  return found;
}

/** Each message once, whichever way it came, and each author's in the order in which he said them. */
function checkOccupant({ i, got }, recorded, found) {
  const seen = new Set();
  const last = new Map();
  for (const { id, stanzaId, how } of got) {
    if (!recorded.get(id)?.includes(stanzaId)) found.unrecorded.push(`${id} at u${i}`);
    if (seen.has(id)) found.double.push(`${id} at u${i}, ${how}`);
    seen.add(id);
    const [author, number] = [id.split('-')[0], Number(id.split('-')[1])];
    const isRetried = people[Number(author.slice(1))].bounced.has(id);
    if (!isRetried && number < (last.get(author) ?? -1)) found.disordered.push(`${id} at u${i}`);
    if (!isRetried) last.set(author, number);
  }
  for (const id of recorded.keys()) if (!seen.has(id)) found.undelivered.push(`${id} at u${i}`);
}

function report(found) {
  const sum = (name) => people.reduce((count, { device }) => count + device.counts[name], 0);
  const ways = waysOf(people);
  const figures = [
    ['messages acknowledged', total(people, 'accepted')],
    ['… and reflected to their author while he was there', total(people, 'reflected')],
    ['came back with an error of type wait, said again', total(people, 'bounced')],
    ['rows in the journal', journal.length],
    ['deliveries: live, resumed or late', ways.live ?? 0],
    ["deliveries: read from the room's archive after a refused resumption", ways.archive ?? 0],
    ['kill -9 of the server', kills],
    ['connections cut', cuts],
    ['streams resumed, with their place in the room', sum('resumed')],
    ['resumptions refused', sum('failed')],
  ];
  conclude({ figures, found, faults, since: started, page: isSmall ? undefined : PAGE });
}
