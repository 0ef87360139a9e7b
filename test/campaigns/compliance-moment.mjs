// For campaigns: thousands of messages of one millisecond, some with links to files that the archive does not have.
import path from 'node:path';
import { root } from './machinery.mjs';

const door = (part) => import(path.join(root, part, 'dist/index.js'));
const { Journal, PostgresSink } = await door('libs/archive');
const { Metrics, silentLog, systemClock } = await door('libs/telemetry');

const EPOCH_MS = Date.UTC(2024, 0, 1);
const PASS = { verdict: 'passed', record: true, decisionId: undefined, policyVersion: 0, retentionClass: 0 };
/** So many of the moment's messages have a link. */
export const MOMENT_LINKS = 3;

/** Writes `count` messages of the millisecond `atMs`, all from the first account to `crowd@elsewhere.example`. */
export async function writeMoment(connection, { count, atMs, accounts: [author] }) {
  const common = { log: silentLog, metrics: new Metrics() };
  const sink = new PostgresSink({ connection, ...common });
  await sink.open(atMs);
  const onPoisoned = ({ id }) => {
    throw new Error(`PostgreSQL refuses ${id}`);
  };
  const journal = new Journal({ sink, clock: systemClock, ...common, onPoisoned, onReleased: () => undefined });
  for (let nth = 0; nth < count; nth++) {
    journal.append(messageOf({ nth, atMs, author }), PASS, undefined, 0, undefined);
    if (nth % 2_000 === 1_999) await journal.settled();
  }
  await journal.settled();
  await journal.close(1_000);
}

function messageOf({ nth, atMs, author }) {
  const to = 'crowd@elsewhere.example';
  const link = nth < MOMENT_LINKS ? `<x xmlns='jabber:x:oob'><url>https://files.example/${nth}</url></x>` : '';
  const head = `<message from='${author.jid}' to='${to}' type='chat' id='c${nth}'><body>`;
  const body = `One of many, number ${nth}`;
  const bytes = Buffer.from(`${head}${body}</body>${link}</message>`);
  const id = (BigInt(atMs - EPOCH_MS) << 22n) + (BigInt(nth) << 8n);
  return {
    idHigh: Number(id >> 32n),
    idLow: Number(id & 0xffff_ffffn),
    atMs,
    flags: 5,
    author: {
      accountId: Number(author.id),
      bare: Buffer.from(author.jid),
      device: Buffer.alloc(0),
      office: Buffer.from('Berlin'),
    },
    receiver: { accountId: 0, bare: Buffer.from(to), device: Buffer.alloc(0), office: Buffer.alloc(0) },
    bytes,
    stanzaIdStart: -1,
    stanzaIdEnd: -1,
    originIdStart: -1,
    originIdEnd: -1,
    threadStart: -1,
    threadEnd: -1,
    bodyStart: head.length,
    bodyEnd: head.length + body.length,
    maxBytes: bytes.length,
    writeTo: (target, offset) => offset + bytes.copy(target, offset),
  };
}
