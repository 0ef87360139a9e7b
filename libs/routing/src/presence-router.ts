import type { Log } from '@interoffice/telemetry';
import { badRequest, errorReply } from '@interoffice/wire';
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
    if (take) return this.#take(take, p);
    if (p.target.class === 'device') this.courtesies.deliver(p);
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
