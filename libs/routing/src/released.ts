import type { Count, Log } from '@interoffice/telemetry';
import { errorReply, NS, plainNamespaces, serviceUnavailable, type StanzaError, toTree } from '@interoffice/wire';
import type { Target } from './address.js';
import { type Compilation, type Compiled, slotOf } from './compile.js';
import { deliver, type Delivering, type Outcome } from './delivery.js';
import type { Handover } from './host.js';
import type { Passage } from './passage.js';
import type { Position } from './position.js';
import type { Destination, Held, Released } from './recorder.js';
import type { Session } from './session.js';
import { type StanzaType, TYPES } from './stanza-type.js';

export interface ReleasingParts {
  readonly compiled: Compilation;
  /** The cursor that copy hooks see; not the one of entering, which may be in the middle of a stanza. */
  readonly passage: Passage;
  /** Moved as entries leave: how far the journal has been released. */
  readonly position: Position;
  /** A batch has been released. */
  readonly after?: () => void;
  readonly log: Log;
  readonly counts: Readonly<Record<Outcome, Count>>;
}

type Leaving = { -readonly [K in keyof Delivering]: Delivering[K] };

/** A batch is durable: count what is decided, let features send copies, deliver. In the order of the batch. */
export class Releasing {
  readonly #copy: readonly (readonly Compiled<'copy'>[])[];
  /** Reused for every message: nothing is allocated on the way out. */
  readonly #leaving: Leaving;

  constructor(private readonly parts: ReleasingParts) {
    this.#copy = parts.compiled.hooks('copy');
    this.#leaving = {
      type: 'chat',
      target: NOWHERE,
      bytes: Buffer.alloc(0),
      start: 0,
      end: 0,
      idHigh: 0,
      idLow: 0,
      form: 'plain',
      isRecorded: true,
    };
  }

  readonly released = (batch: Released): void => {
    for (let i = 0; i < batch.count; i++) {
      const author = batch.authors[i]!;
      author.releasedUpTo(batch.sequence[i]!);
      if (batch.recorded[i] === 1) this.parts.position.moveTo(batch.idHigh[i]!, batch.idLow[i]!);
      try {
        this.#leave(batch, i, author, batch.targets[i]!);
      } catch (error) {
        // One entry's fault must not take the rest of the batch with it: those are recorded, and nobody would send them again.
        this.parts.log.error('delivery.failed', { from: author.jid.toString(), error: error as Error });
      }
    }
    this.parts.after?.();
  };

  #leave(batch: Released, i: number, author: Session, to: Destination): void {
    if ('verdict' in to) return this.#bounce(batch, i, author, to.error);
    if (batch.verdict[i] !== 0) return;
    const code = batch.flags[i]! >>> 24;
    const type = TYPES[code]!;
    if ('carryOut' in to) return this.#carryOut(batch, i, to, type);
    if ('handOver' in to) return this.#handOver(batch, i, to, author);
    const isQuestion = type === 'get' || type === 'set';
    // IQs and presence take a place in a batch only for their order; a device gets them or nobody does.
    const isMessage = code <= LAST_MESSAGE_TYPE;
    if (isMessage && type !== 'error') this.#copies(batch, i, to, type);
    const outcome = this.#deliver(batch, i, to, isMessage ? type : 'error');
    this.parts.counts[outcome].inc();
    // RFC 6120 §8.2.3: a question is answered, also when the device has left while it waited.
    const isLost = outcome === 'undeliverable' || (isQuestion && outcome === 'ignored');
    if (isLost) this.#bounce(batch, i, author, serviceUnavailable());
  }

  #carryOut(batch: Released, i: number, { target, carryOut }: Held, type: StanzaType): void {
    const { passage } = this.parts;
    passage.leaving(batch, i, type);
    passage.kind = 'presence';
    passage.towards(target);
    carryOut(passage);
  }

  #handOver(batch: Released, i: number, to: Handover, author: Session): void {
    const type = TYPES[batch.flags[i]! >>> 24]!;
    this.parts.counts.delivered.inc();
    if (to.target && type !== 'error') this.#copies(batch, i, to.target, type);
    to.handOver(this.#place(batch, i, type), author);
  }

  #deliver(batch: Released, i: number, to: Target, type: StanzaType): Outcome {
    const m = this.#place(batch, i, type);
    m.target = to;
    return deliver(m);
  }

  #place(batch: Released, i: number, type: StanzaType): Leaving {
    const m = this.#leaving;
    m.type = type;
    m.target = NOWHERE;
    m.bytes = batch.bytes;
    m.start = batch.start[i]!;
    m.end = batch.end[i]!;
    m.idHigh = batch.idHigh[i]!;
    m.idLow = batch.idLow[i]!;
    m.isRecorded = batch.recorded[i] === 1;
    return m;
  }

  /** Courtesies: a fault is logged and the message goes its way. */
  #copies(batch: Released, i: number, to: Target, type: StanzaType): void {
    const hooks = this.#copy[slotOf('message', type, to.class)]!;
    if (hooks.length === 0) return;
    const { passage } = this.parts;
    passage.leaving(batch, i, type);
    passage.towards(to);
    for (let h = 0; h < hooks.length; h++) {
      const hook = hooks[h]!;
      if (hook.mask !== 0 && (hook.mask & passage.bits) === 0) continue;
      try {
        hook.run(passage);
      } catch (error) {
        this.parts.log.error('feature.failed', { feature: hook.feature, phase: 'copy', error: error as Error });
      }
    }
  }

  #bounce(batch: Released, i: number, author: Session, error: StanzaError): void {
    const stanza = toTree(batch.bytes, batch.start[i]!, batch.end[i]!, CLIENT);
    if (stanza.attrs['type'] !== 'error') author.send(errorReply(stanza, error));
  }
}

const LAST_MESSAGE_TYPE = TYPES.indexOf('error');
const CLIENT = plainNamespaces(NS.client);
const NOWHERE = {} as Target;
