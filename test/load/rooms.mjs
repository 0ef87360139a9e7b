// A large room on this checkout: so many people come into one room, somebody speaks, and what idle rooms weigh.
import { connect } from './generator.mjs';

const PASSWORD = 'secret';
const MEMBERS_AT_ONCE = 500;
const ROOM = 'crowd@conference.localhost';
const IDLE_ROOMS = 2_000;

/** `served`: what serve() of bench.mjs gives, journal on. Returns the figures by name. */
export async function rooms({ port }, { people, members, liveKiB }) {
  const { clients } = await connect({ port, domain: 'localhost', users: people, password: PASSWORD });
  const [owner] = clients;
  await enter(owner, ROOM, 'n0');
  await configure(owner, ROOM, { persistentroom: 1, membersonly: 1 });
  // The owner is whoever had logged in first; who made himself a member would leave the room without an owner.
  const outsiders = Array.from({ length: members }, (_, i) => `u${i}`)
    .filter((user) => user !== owner.user)
    .map((user) => `${user}@localhost`);
  for (let i = 0; i < outsiders.length; i += MEMBERS_AT_ONCE) {
    const items = outsiders.slice(i, i + MEMBERS_AT_ONCE).map((jid) => `<item affiliation='member' jid='${jid}'/>`);
    await asked(owner, ROOM, `<query xmlns='http://jabber.org/protocol/muc#admin'>${items.join('')}</query>`);
  }
  const entered = [];
  const began = performance.now();
  await inTurns(clients.slice(1), 20, async (client, i) => {
    const one = performance.now();
    await enter(client, ROOM, `n${i + 1}`);
    entered.push(performance.now() - one);
  });
  const allMs = performance.now() - began;
  const heard = await speak(clients, ROOM);
  const before = await liveKiB();
  await inTurns(Array.from({ length: IDLE_ROOMS }), 20, async (_, i) => {
    const maker = clients[i % clients.length];
    await enter(maker, `idle${i}@conference.localhost`, 'n0');
    await configure(maker, `idle${i}@conference.localhost`, {});
  });
  return {
    'people in the room': people,
    'members of the room': members,
    'all came in, s': round(allMs / 1000),
    'one came in, p95 ms': round(p95(entered)),
    'somebody came in at the slowest, ms': round(Math.max(...entered)),
    'a message reached everybody, p95 ms': round(p95(heard)),
    'an idle room, KiB': round(((await liveKiB()) - before) / IDLE_ROOMS),
  };
}

function enter(client, room, nick) {
  const presence = `<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`;
  return client.until(presence, (text) => granted(text) && text.includes(`from="${room}`) && text.includes('<subject'));
}

function configure(client, room, settings) {
  const field = ([name, value]) => `<field var='muc#roomconfig_${name}'><value>${value}</value></field>`;
  const type = `<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>`;
  const form = `<x xmlns='jabber:x:data' type='submit'>${type}${Object.entries(settings).map(field).join('')}</x>`;
  return asked(client, room, `<query xmlns='http://jabber.org/protocol/muc#owner'>${form}</query>`);
}

let questions = 0;
function asked(client, room, payload) {
  const id = `q${questions++}`;
  const isAnswer = (text) => text.includes(`id="${id}"`);
  return client.until(
    `<iq type='set' id='${id}' to='${room}'>${payload}</iq>`,
    (text) => granted(text) && isAnswer(text),
  );
}

/** A refusal ends the run: whoever waits for anything else would wait for ever. */
function granted(text) {
  if (text.includes('type="error"')) throw new Error(`refused: ${text.slice(-600)}`);
  return true;
}

/** Twenty messages one after the other; milliseconds until everybody has each. */
async function speak(clients, room) {
  const took = [];
  for (let n = 0; n < 20; n++) {
    const mark = `spoken-${n}-`;
    const began = performance.now();
    const heard = clients.map((client) => client.until('', (text) => text.includes(mark)));
    clients[0].write(`<message to='${room}' type='groupchat' id='${mark}'><body>hello</body></message>`);
    await Promise.all(heard);
    took.push(performance.now() - began);
  }
  return took;
}

async function inTurns(list, width, work) {
  let next = 0;
  const run = async () => {
    while (next < list.length) {
      const i = next++;
      await work(list[i], i);
    }
  };
  await Promise.all(Array.from({ length: width }, run));
}

const round = (value) => Number(value.toFixed(2));
const p95 = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)];
