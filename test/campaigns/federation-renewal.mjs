// For campaigns: the certificate of an office's gateway is renewed again and again while other servers' streams are up and talk: what is dropped, and how soon the new one is shown.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import tls from 'node:tls';
import { root } from './machinery.mjs';

const door = (part) => import(path.join(root, part, 'index.js'));
const { call } = await door('libs/federation/dist/peer');
const { PeerCertificates } = await door('libs/pki/dist');
const { Metrics, silentLog, systemClock } = await door('libs/telemetry/dist');
const { TlsContext } = await door('libs/transport/dist');
const { Scanner, Vocabulary } = await door('libs/wire/dist');

/** What the office's rules have to let in: each stream is of a server of its own. */
export const RENEWAL_PEERS = '*.peers.example';
const USED_WITHIN_MS = 5_000;
const SAY_EVERY_MS = 2_000;
const LOOK_EVERY_MS = 200;
const STANZA_BYTES = 524_288;

/**
 * Opens `streams` streams of as many servers to an office, by STARTTLS and TLS from the first byte in turn, lets each say
 * something every two seconds, and renews the certificate of the office's gateway `renewals` times meanwhile.
 * `office`: an `Office` that runs and lets RENEWAL_PEERS in; `authority`: it, and they, are vouched for by.
 */
export async function renewUnderStreams({ office, authority, streams, renewals, say }) {
  const crowd = await Crowd.open({ office, authority, streams, say });
  const talking = crowd.keepSaying();
  const usedMs = [];
  const seen = new Set([await shown(office)]);
  try {
    for (let i = 1; i <= renewals; i++) {
      const { took, serial } = await renew(office, authority);
      usedMs.push(took);
      seen.add(serial);
      say(`certificate ${i} of ${renewals} after ${Math.round(took)} ms; ${crowd.up} of ${streams} streams up`);
    }
  } finally {
    crowd.isOver = true;
    await talking;
  }
  const up = crowd.up;
  await crowd.settle();
  crowd.close();
  return {
    streams,
    renewals,
    shown: seen.size - 1,
    dropped: streams - up,
    ends: crowd.ends.slice(0, 20),
    said: crowd.said,
    acknowledged: crowd.acknowledged,
    usedMs: spread(usedMs),
  };
}

/** { holds, what, isOfLoss }, as the report of the campaign on federation has them. */
export function renewalChecks({ streams, renewals, shown: used, dropped, said, acknowledged, usedMs }) {
  const check = (holds, what) => ({ holds, isOfLoss: true, what });
  return [
    check(dropped === 0, `${dropped} of ${streams} streams dropped while certificates were renewed ${renewals} times`),
    check(said === acknowledged, `${acknowledged} of ${said} messages on them acknowledged`),
    check(
      used === renewals && usedMs.max <= USED_WITHIN_MS,
      `${used} of ${renewals} new certificates in use, after ${Math.round(usedMs.p50)} ms (median) and ${Math.round(usedMs.max)} ms at most (limit ${USED_WITHIN_MS})`,
    ),
  ];
}

/** Servers with a stream each, in this process. */
class Crowd {
  said = 0;
  acknowledged = 0;
  ends = [];
  isOver = false;
  members = [];

  static async open({ office, authority, streams, say }) {
    const crowd = new Crowd();
    crowd.office = office;
    const pair = await authority.issue({ names: [RENEWAL_PEERS], nowMs: Date.now(), days: 2 });
    const metrics = new Metrics();
    crowd.parts = {
      certificates: new PeerCertificates({ authorities: [authority.certificate], lists: [] }),
      pins: [],
      dial: { scanner: new Scanner(new Vocabulary()), tls: new TlsContext(pair) },
      log: silentLog,
      counts: { errors: metrics.counter('errors_total', 'e'), faults: metrics.counter('faults_total', 'f') },
      stanzaBytes: STANZA_BYTES,
      withinMs: 10_000,
      clock: systemClock,
    };
    for (let i = 0; i < streams; i++) {
      // The server dials its gateway; until then nobody is let in.
      crowd.members.push(await crowd.#join(i, i === 0 ? 60_000 : 0));
      if (i % 20 === 19) say(`${i + 1} of ${streams} streams are up`);
    }
    return crowd;
  }

  get up() {
    return this.members.filter(({ stream }) => stream.isReady).length;
  }

  /** Each says something, evenly, until it is over. */
  async keepSaying() {
    const pause = SAY_EVERY_MS / this.members.length;
    for (let next = 0; !this.isOver; next = (next + 1) % this.members.length) {
      this.#say(this.members[next]);
      await wait(pause);
    }
  }

  /** Waits until everything is acknowledged, or nothing comes any more. */
  async settle() {
    for (const { stream } of this.members) stream.askForAck();
    const deadline = Date.now() + 20_000;
    while (this.acknowledged < this.said && Date.now() < deadline) await wait(50);
  }

  close() {
    for (const { stream } of this.members) stream.end();
  }

  #say({ stream, peer }) {
    if (!stream.isReady) return;
    const to = `nobody@${this.office.domain}`;
    const words = Buffer.from(
      `<message from='a@${peer}' to='${to}' type='headline'><body>${this.said}</body></message>`,
    );
    stream.send(words, 0, words.length);
    stream.askForAck();
    this.said++;
  }

  async #join(i, withinMs) {
    const { ports, domain } = this.office;
    const peer = `p${i}.${RENEWAL_PEERS.slice(2)}`;
    const kind = i % 2 === 0 ? 'tls' : 'tcp';
    const target = {
      host: `gate.${domain}`,
      address: '127.0.0.1',
      port: kind === 'tls' ? ports.s2sTls : ports.s2s,
      kind,
    };
    const parts = {
      ...this.parts,
      resolve: () => Promise.resolve([target]),
      acknowledged: (stanzas) => (this.acknowledged += stanzas),
      ended: ({ code, text }) => this.isOver || this.ends.push(`${peer} ${code} ${text}`),
    };
    const deadline = Date.now() + withinMs;
    for (;;) {
      const { stream, attempts } = await call({ domain: peer, peer: domain }, parts);
      if (stream) return { stream, peer };
      const last = attempts.at(-1);
      if (Date.now() > deadline) throw new Error(`${peer} is not let in: ${last?.code} ${last?.text}`);
      await wait(200);
    }
  }
}

/** Puts a new pair into the office's two files; milliseconds until who comes anew is shown it. */
async function renew(office, authority) {
  const names = [office.domain, `gate.${office.domain}`];
  const pair = await authority.issue({ names, nowMs: Date.now(), days: 2 });
  const put = (name, text) => {
    const file = path.join(office.folder, name);
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  const serial = new X509Certificate(pair.certificate).serialNumber;
  const began = performance.now();
  put('key.pem', pair.key);
  put('certificate.pem', pair.certificate);
  // Longer than is allowed, so that a figure says how late it was.
  while ((await shown(office)) !== serial && performance.now() - began < 4 * USED_WITHIN_MS) await wait(LOOK_EVERY_MS);
  return { took: performance.now() - began, serial: await shown(office) };
}

/** The number of what the gateway shows to who comes now. */
async function shown({ ports, domain }) {
  const socket = tls.connect({
    host: '127.0.0.1',
    port: ports.s2sTls,
    servername: domain,
    ALPNProtocols: ['xmpp-server'],
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerX509Certificate();
  // In an orderly way: who breaks off in the middle of a handshake counts as a stranger until that has had its time.
  socket.resume().end();
  await once(socket, 'close');
  return serialNumber;
}

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    p50: sorted[Math.floor(sorted.length / 2)],
    p99: sorted[Math.floor(sorted.length * 0.99)],
    max: sorted.at(-1),
  };
}
