import type { Decision, Party, Recordable } from '@interoffice/archive';

/** What a test says of a message; the rest is made up. */
export interface Said {
  readonly from: Party;
  readonly to: Party;
  /** Raw text of `<body/>`: references stay as they are. */
  readonly body?: string;
  readonly atMs?: number;
  /** Which of its millisecond. */
  readonly nth?: number;
  /** 0 chat, 1 normal, 2 headline, 3 groupchat, 4 error, 5 came into the room, 6 left it */
  readonly kind?: number;
  readonly room?: string;
  /** The other server. */
  readonly peer?: string;
  readonly id?: string;
  readonly thread?: string;
  readonly originId?: string;
  /** An element that stands behind everything else. */
  readonly more?: string;
}

export const PASS: Decision = {
  verdict: 'passed',
  record: true,
  decisionId: undefined,
  policyVersion: 0,
  retentionClass: 0,
};

const EPOCH_MS = Date.UTC(2024, 0, 1);

/** A party from a full or bare JID. */
export function party(accountId: number, jid: string, office = 'Berlin'): Party {
  const [bare = '', device = ''] = jid.split('/');
  const [b, d, o] = [bare, device, office].map((text) => Buffer.from(text));
  return { accountId, bare: b!, device: d!, office: o! };
}

/** A message as the journal reads it, with the id and moment the product would give it. */
export function said(message: Said): Recordable {
  const { from, to, body, atMs = Date.UTC(2026, 5, 1), nth = 0, kind = 0, id = 'm1' } = message;
  const origin = message.originId === undefined ? '' : `<origin-id xmlns='urn:xmpp:sid:0' id='${message.originId}'/>`;
  const thread = message.thread === undefined ? '' : `<thread>${message.thread}</thread>`;
  const text = body === undefined ? '' : `<body>${body}</body>`;
  const head = `<message id='${id}' from='${from.bare.toString()}' to='${to.bare.toString()}'>`;
  const bytes = Buffer.from(`${head}${text}${thread}${origin}${message.more ?? ''}</message>`);
  const between = (before: string, value: string | undefined): [number, number] => {
    if (value === undefined) return [-1, -1];
    const start = bytes.indexOf(`${before}${value}`) + Buffer.byteLength(before);
    return [start, start + Buffer.byteLength(value)];
  };
  const [stanzaIdStart, stanzaIdEnd] = between(`id='`, id);
  const [originIdStart, originIdEnd] = between(`sid:0' id='`, message.originId);
  const [threadStart, threadEnd] = between('<thread>', message.thread);
  const [bodyStart, bodyEnd] = between('<body>', body);
  const since = BigInt(atMs - EPOCH_MS) * 4_194_304n + BigInt(nth) * 1_024n;
  return {
    idHigh: Number(since >> 32n),
    idLow: Number(since & 0xffff_ffffn),
    atMs,
    flags: (kind << 24) | 5,
    author: from,
    receiver: to,
    bytes,
    stanzaIdStart,
    stanzaIdEnd,
    originIdStart,
    originIdEnd,
    threadStart,
    threadEnd,
    bodyStart,
    bodyEnd,
    ...(message.room === undefined ? {} : { room: Buffer.from(message.room) }),
    ...(message.peer === undefined ? {} : { peer: Buffer.from(message.peer) }),
    maxBytes: bytes.length + 8,
    writeTo: (target, offset) => offset + bytes.copy(target, offset),
  };
}
