import { Inject, Injectable } from '@nestjs/common';
import { Failure } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import type { AuditLog } from '../audit/audit-log.js';
import { PORT } from '../ports.js';
import { type Acting, isFor } from './acting.js';
import type { AdministeredRoom, AdministeredRooms, KindOfRoom, ListedRoom, RoomQuery } from './administered-rooms.js';

/**
 * The rooms that somebody administers: of his office, or all. A room of another office is like one that does not exist;
 * that somebody has named it is in the audit log. W-03
 */
@Injectable()
export class VisibleRooms {
  readonly #rooms: AdministeredRooms;
  readonly #audit: AuditLog;

  constructor(@Inject(PORT.rooms) rooms: AdministeredRooms, @Inject(PORT.audit) audit: AuditLog) {
    this.#rooms = rooms;
    this.#audit = audit;
  }

  async list(query: RoomQuery, { scope }: Acting): Promise<{ rooms: readonly ListedRoom[]; total: number }> {
    if (scope === '*') return this.#rooms.list(query);
    const isElsewhere = query.office !== undefined && query.office !== scope;
    return isElsewhere ? { rooms: [], total: 0 } : this.#rooms.list({ ...query, office: scope });
  }

  /** Rejects with NO_SUCH_ROOM. */
  async find(jid: Jid, acting: Acting): Promise<AdministeredRoom> {
    const room = await this.#rooms.find(jid);
    if (room && isFor(acting, room.office)) return room;
    if (room) await this.#refused(jid.bare, acting);
    throw new Failure('NO_SUCH_ROOM', `There is no room ${jid.bare}.`);
  }

  templates(acting: Acting): readonly KindOfRoom[] {
    return this.#rooms.templates.filter(({ office }) => office === undefined || isFor(acting, office));
  }

  async #refused(subject: string, { actor, role, address, scope }: Acting): Promise<void> {
    await this.#audit.record({ actor, role, address, action: 'room.outside-scope', subject, details: { scope } });
  }
}
