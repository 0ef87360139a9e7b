import type { Log } from '@interoffice/telemetry';
import { badRequest, errorReply, remoteServerNotFound, resourceConstraint } from '@interoffice/wire';
import type { Compilation } from './compile.js';
import type { Courtesies } from './courtesies.js';
import type { Take } from './feature.js';
import type { Passage } from './passage.js';

/** Presence: to the feature that takes it, or to the device it names. Never recorded, never answered but for its form. */
export class PresenceRouter {
  constructor(
    private readonly compiled: Compilation,
    private readonly courtesies: Courtesies,
    private readonly log: Log,
  ) {}

  route(p: Passage, isBroadcast: boolean): void {
    if (p.type === 'unknown') {
      return p.session.send(errorReply(p.tree(), badRequest('RFC 6121 §4.7.1 knows no such type of presence.')));
    }
    const to = isBroadcast ? 'broadcast' : p.target.class;
    const take = this.compiled.takes.get(`${p.type} ${to}`);
    const isNowhere = p.target.class === 'elsewhere' && !p.target.hosted;
    const outcome = take && !isNowhere ? this.courtesies.carryOut(p, this.#carryOut(take)) : this.#pass(p);
    if (outcome === 'full') {
      p.session.send(errorReply(p.tree(), resourceConstraint('Too much waits to be recorded; try again soon.')));
    }
  }

  #pass(p: Passage): 'delivered' | 'absent' | 'full' {
    if (p.target.class === 'device') return this.courtesies.deliver(p);
    // RFC 6120 §10.4: whoever asks for something must learn that nobody will hear of it.
    if (p.target.class === 'elsewhere' && p.type !== 'unavailable' && p.type !== 'error') {
      p.session.send(errorReply(p.tree(), remoteServerNotFound('This server has no connection to that domain.')));
    }
    return 'absent';
  }

  readonly #works = new Map<Take, (p: Passage) => void>();

  /** One function per entry of the table, so that nothing is made per stanza. */
  #carryOut(take: Take): (p: Passage) => void {
    const known = this.#works.get(take) ?? ((p: Passage): void => this.#take(take, p));
    this.#works.set(take, known);
    return known;
  }

  #take(take: Take, p: Passage): void {
    const failed = (error: unknown): void => this.log.error('presence.failed', { type: p.type, error: error as Error });
    try {
      const work = take.take(p);
      if (work instanceof Promise) work.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
