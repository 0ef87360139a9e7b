// Whether a name exists is told neither by what is answered nor by when: log-ins, cards, discovery, archive; Welch's t below 4.5.
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Company, CORP, LOCAL } from './company.mjs';
import { openHttp, openStream } from './exchange.mjs';
import { progress, provenance, root } from './machinery.mjs';
import { compare } from './welch.mjs';

if (process.argv.includes('--help')) {
  process.stdout.write(`usage: npm run campaign -- timing [--small] [--only TEXT]

Examples:
  npm run campaign -- timing --small
  npm run campaign -- timing --only SCRAM     surfaces with this in their name; writes no page
`);
  process.exit(0);
}
const isSmall = process.argv.includes('--small');
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;
/** security.md A-05 */
const MOST_T = 4.5;
/** Of each class. A refused password takes a tenth of a second by design: at small size there are fewer of those. */
const SAMPLES = isSmall ? { many: 520, slow: 160 } : { many: 20_000, slow: 20_000 };
/**
 * Names of each class, in turn. Together fewer than the 100 that may fail from one address before it has to wait, and each
 * surface has addresses of its own: that limit never strikes.
 */
const NAMES = 40;
/** A name is tried so often from one address and then from the next: lock-outs begin with the fourth (LDAP) and fifth (API) try. */
const TRIES_PER_ADDRESS = 3;
/** RFC 6120 §6.4.5: a stream ends with the third failure. */
const FAILURES_PER_STREAM = 2;
const REHEARSED_AT_ONCE = 20;
const ITEMS = 'http://jabber.org/protocol/disco#items';
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const say = progress();

const some = () => Array.from({ length: NAMES }, () => letters(10));
const people = { local: some(), deleted: some(), corp: some(), asker: letters(10) };
const nobody = some();
const company = new Company();
const salts = new Map();
const outcomes = [];
let addresses = 0;
let seconds;
try {
  await company.start({ ...people, local: [...people.local, people.asker] });
  const began = performance.now();
  for (const surface of await surfaces()) {
    if (only === undefined || surface.name.includes(only)) await measure(surface);
  }
  checkSalts();
  seconds = Math.round((performance.now() - began) / 1000);
} finally {
  await company.stop();
}
report();

/**
 * `open`: a connection from an address. `ask`: one sample, the parts of its answer: { part, ns, bytes }, bytes without what
 * differs for every question. `lasts`: samples of one connection. `atOnce`: connections at the same time; more than one where
 * the server waits for a clock, and no more than it has done with before that.
 */
async function surfaces() {
  const ca = readFileSync(path.join(company.dataDir, 'pki/ca.pem'), 'utf8');
  const local = { known: people.local, unknown: nobody };
  const corp = { known: company.corp.slice(0, NAMES), unknown: nobody };
  const stream = (domain) => (from) => openStream({ port: company.port, from, domain });
  const logins = { lasts: FAILURES_PER_STREAM, atOnce: 4, samples: SAMPLES.many };
  const slow = { samples: SAMPLES.slow, atOnce: 8 };
  const http = { open: (from) => openHttp({ port: company.httpsPort, from, ca }), lasts: Infinity, ...slow };
  const asked = { lasts: Infinity, atOnce: 8, samples: SAMPLES.many, open: online };
  return [
    ...['SCRAM-SHA-256', 'SCRAM-SHA-1'].map((mechanism) => ({
      ...logins,
      name: mechanism,
      open: stream(LOCAL),
      names: local,
      ask: (line, name) => scram(line, name, mechanism),
    })),
    { ...logins, ...slow, name: 'PLAIN, local accounts', open: stream(LOCAL), names: local, ask: plain },
    { ...logins, ...slow, name: `PLAIN, ${company.directory}`, open: stream(CORP), names: corp, ask: plain },
    { ...http, name: 'REST log-in, local accounts', names: local, ask: (line, name) => rest(line, `${name}@${LOCAL}`) },
    {
      ...http,
      name: `REST log-in, ${company.directory}`,
      names: corp,
      ask: (line, name) => rest(line, `${name}@${CORP}`),
    },
    // Cards of people are for all their colleagues, who find them by search as well. What must not be told is who has been here.
    question(
      'vCard of somebody deleted',
      { type: 'get', names: { known: people.deleted, unknown: nobody } },
      '<vCard xmlns="vcard-temp"/>',
    ),
    question(
      'avatar (PEP)',
      { type: 'get' },
      '<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="urn:xmpp:avatar:metadata"/></pubsub>',
    ),
    question('disco#info', { type: 'get' }, '<query xmlns="http://jabber.org/protocol/disco#info"/>'),
    question('disco#items', { type: 'get' }, `<query xmlns="${ITEMS}"/>`),
    question('MAM of somebody else', { type: 'set' }, '<query xmlns="urn:xmpp:mam:2"/>'),
    { ...asked, name: 'MAM with somebody', names: local, ask: mamWith },
  ];

  function question(name, { type, names = local }, payload) {
    return { ...asked, name, names, ask: (line, who) => ask(line, who, { type, to: `${who}@${LOCAL}`, payload }) };
  }
}

/** Somebody who is logged in, knows nobody and is no-one's contact. */
async function online(from) {
  const line = await openStream({ port: company.port, from, domain: LOCAL });
  await line.ask(auth('PLAIN', `\0${people.asker}\0${company.password}`), `<success xmlns="${SASL}"/>`);
  await line.open();
  await line.ask(
    `<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${letters(8)}</resource></bind></iq>`,
    '</iq>',
  );
  return line;
}

async function ask(line, name, { type, to, payload }) {
  const id = letters(8);
  const where = to ? ` to="${to}"` : '';
  const { text, ns } = await line.ask(`<iq type="${type}" id="${id}"${where}>${payload}</iq>`, '</iq>');
  return [
    {
      part: 'answer',
      ns,
      bytes: text
        .replaceAll(id, '')
        .replaceAll(name, '')
        .replace(/(@im\.example\/)[a-z]{8}"/, '$1"'),
    },
  ];
}

function mamWith(line, name) {
  const field = (of, value) => `<field var="${of}"><value>${value}</value></field>`;
  const form = `${field('FORM_TYPE', 'urn:xmpp:mam:2')}${field('with', `${name}@${LOCAL}`)}`;
  const payload = `<query xmlns="urn:xmpp:mam:2"><x xmlns="jabber:x:data" type="submit">${form}</x></query>`;
  return ask(line, name, { type: 'set', payload });
}

/** A wrong password of its own each time: a directory is not asked twice for the same. */
async function plain(line, name) {
  const { text, ns } = await line.ask(auth('PLAIN', `\0${name}\0${letters(12)}`), '</failure>');
  return [{ part: 'refusal', ns, bytes: text }];
}

async function rest(line, jid) {
  const body = JSON.stringify({ jid, password: letters(12) });
  const { text, ns } = await line.post('/api/v1/login', body);
  return [{ part: 'refusal', ns, bytes: text.replace(/\r\ndate: [^\r]*/i, '') }];
}

/** The proof is of the right length, and nobody's. */
async function scram(line, name, mechanism) {
  const nonce = randomBytes(16).toString('base64');
  const first = await line.ask(auth(mechanism, `n,,n=${name},r=${nonce}`), '</challenge>');
  const challenge = Buffer.from(/>([^<]+)<\/challenge>$/.exec(first.text)[1], 'base64').toString();
  const [, whole, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(challenge);
  if (!whole.startsWith(nonce)) throw new Error(`The challenge is for another nonce: ${challenge}`);
  rememberSalt(`${mechanism} ${name}`, salt);
  const proof = randomBytes(mechanism === 'SCRAM-SHA-1' ? 20 : 32).toString('base64');
  const final = Buffer.from(`c=biws,r=${whole},p=${proof}`).toString('base64');
  const second = await line.ask(`<response xmlns='${SASL}'>${final}</response>`, '</failure>');
  const shape = `nonce ${whole.length}, salt ${salt.length}, i=${iterations}, in all ${first.text.length}`;
  return [
    { part: 'challenge', ns: first.ns, bytes: shape },
    { part: 'refusal', ns: second.ns, bytes: second.text },
  ];
}

function auth(mechanism, message) {
  return `<auth xmlns='${SASL}' mechanism='${mechanism}'>${Buffer.from(message).toString('base64')}</auth>`;
}

function rememberSalt(of, salt) {
  salts.set(of, (salts.get(of) ?? new Set()).add(salt));
}

/** Each name has one salt, and no other name has it. */
function checkSalts() {
  const all = [...salts.values()].flatMap((of) => [...of]);
  if (new Set(all).size !== salts.size || all.length !== salts.size)
    outcomes.push({
      name: 'salts',
      fault: `${salts.size} names have ${all.length} salts, ${new Set(all).size} of them different`,
    });
}

async function measure({ name, names, open, ask: sample, lasts, atOnce, samples }) {
  const parts = new Map();
  const rounds = Math.ceil(samples / NAMES);
  const began = performance.now();
  let round = 0;
  let left = [];
  const connect = async (from) => ({ from, uses: 0, line: await open(from) });
  const next = () => {
    if (left.length === 0) left = round < rounds ? roundOf(names, round++) : [];
    return left.pop();
  };
  await rehearse();
  const work = async () => {
    let connection;
    for (let turn = next(); turn; turn = next()) {
      if (connection && (connection.uses === lasts || connection.from !== turn.from))
        connection = void connection.line.close();
      connection ??= await connect(turn.from);
      connection.uses++;
      for (const { part, ns, bytes } of await sample(connection.line, turn.who)) {
        const found = parts.get(part) ?? { known: [], unknown: [], bytes: { known: new Set(), unknown: new Set() } };
        parts.set(part, found);
        found[turn.kind].push(ns);
        found.bytes[turn.kind].add(bytes);
      }
      say(`${name}: round ${round} of ${rounds}`);
    }
    connection?.line.close();
  };
  /** Everybody once, untimed: accounts come into memory with the first question about them. */
  async function rehearse() {
    const all = roundOf(names, 0);
    addresses++;
    const one = async () => {
      for (let turn = all.pop(); turn; turn = all.pop()) {
        const line = await open(turn.from);
        await sample(line, turn.who);
        line.close();
      }
    };
    await Promise.all(Array.from({ length: REHEARSED_AT_ONCE }, one));
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  addresses += Math.ceil(rounds / TRIES_PER_ADDRESS);
  const seconds = (performance.now() - began) / 1000;
  for (const [part, { known, unknown, bytes }] of parts) {
    const outcome = { name: `${name}: ${part}`, ...compare(known, unknown), samples: known.length, seconds };
    const [ofKnown, ofUnknown] = [bytes.known, bytes.unknown].map((set) =>
      [...set].toSorted((a, b) => (a < b ? -1 : 1)).join('\n'),
    );
    if (ofKnown !== ofUnknown || bytes.known.size !== 1)
      outcome.fault = `the answers differ: ${ofKnown} and ${ofUnknown}`;
    else if (!(Math.abs(outcome.t) < MOST_T)) outcome.fault = 'the times differ';
    outcomes.push(outcome);
    process.stdout.write(`${line(outcome)}\n`);
  }
}

/** Every name once, in an order of its own. */
function roundOf({ known, unknown }, round) {
  const from = addressOf(Math.floor(round / TRIES_PER_ADDRESS));
  const all = [
    ...known.map((who) => ({ who, kind: 'known', from })),
    ...unknown.map((who) => ({ who, kind: 'unknown', from })),
  ];
  for (let i = all.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

/** Of 127.0.0.0/8, all of which is this machine. */
function addressOf(nth) {
  const n = 256 + addresses + nth;
  return `127.0.${n >> 8}.${n & 255}`;
}

function letters(length) {
  return Array.from({ length }, () => String.fromCharCode(97 + randomInt(26))).join('');
}

function us(ns) {
  return (ns / 1000).toFixed(1);
}

function line({ name, t, known, unknown, samples, seconds, fault }) {
  const cells = [name, samples, us(known.mean), us(unknown.mean), us(known.median), us(unknown.median)];
  return `| ${[...cells, us(known.mean - unknown.mean), t.toFixed(2), Math.round(seconds)].join(' | ')} |${fault ? ` ${fault}` : ''}`;
}

function report() {
  const faults = outcomes.filter(({ fault }) => fault);
  for (const { name, fault } of faults) process.stdout.write(`${name}: ${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
  if (isSmall || only !== undefined) return;
  writeFileSync(path.join(root, 'docs/evidence/timing.md'), page());
}

function page() {
  return `# Whether a name exists cannot be told

\`npm run campaign -- timing\`: ${provenance()}.

${SAMPLES.many} samples of each class and surface, of ${NAMES} names that exist and ${NAMES} that do not, in random order, on the appliance as it is installed, over loopback; ${company.directory} is the directory. The answers are the same but for id, nonce, salt and the name that was asked for; each name keeps its salt, and no two have the same. Times are microseconds until the last byte of the answer had come; the slowest 1 % of both classes together is left out of means and t. Welch's |t| is to be below ${MOST_T}.

| surface | samples | known, mean | unknown, mean | known, median | unknown, median | difference of means | t | s |
|---|---|---|---|---|---|---|---|---|
${outcomes
  .filter(({ t }) => t !== undefined)
  .map(line)
  .join('\n')}

${outcomes.some(({ fault }) => fault) ? 'Not every surface passes.' : 'Every surface passes.'} ${seconds} s in all.
`;
}
