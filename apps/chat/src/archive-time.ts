import type { Api, Model } from './converse.js';

/** The server's ids count milliseconds from here, in their upper 42 bits; then 12 bits of sequence, 10 of the node. */
const EPOCH_MS = Date.UTC(2024, 0, 1);

/**
 * When the server took a message, by its id (docs/decisions/0004), as text that sorts as the ids do: within a millisecond
 * by further digits. `undefined` for an id of another kind.
 */
export function timeOf(id: string): string | undefined {
  if (!/^[0-9a-f]{16}$/.test(id)) return undefined;
  const bits = BigInt(`0x${id}`);
  const digits = String((bits >> 10n) & 0xfffn).padStart(4, '0');
  return new Date(EPOCH_MS + Number(bits >> 22n)).toISOString().replace('Z', `${digits}Z`);
}

/**
 * COMPAT(converse.js, 14.0.0): it sorts messages by time, and takes for it the moment of arrival by this device's clock or,
 * of what came late, the server's: with clocks that differ, or several in one millisecond, they change places. Here each
 * message that others wrote has the server's time, and stays in the order of the archive. What was written on this page
 * keeps the time at which it was written, also when it waited.
 */
export function keepOrder(owner: string, api: Api): void {
  const inOrder = (given: unknown, archive: unknown): unknown => {
    const message = given as Readonly<Record<string, unknown>>;
    const id = message[`stanza_id ${String(archive)}`];
    const time = typeof id === 'string' ? timeOf(id) : undefined;
    return time === undefined ? message : { ...message, time };
  };
  api.listen.on('parseMessage', (_stanza, message) => inOrder(message, owner));
  api.listen.on('parseMUCMessage', (_stanza, message, room) => inOrder(message, (room as Model).get('jid')));
  api.listen.on('getUpdatedMessageAttributes', (_message, changes) => {
    const { time: _time, ...others } = changes as { readonly time?: string };
    return others;
  });
}
