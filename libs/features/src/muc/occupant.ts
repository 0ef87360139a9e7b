import type { Account, Session } from '@interoffice/routing';
import { copyOf, type Element, escapeAttribute, type Jid, lasting, NS } from '@interoffice/wire';
import type { Affiliation, Role } from './affiliation.js';

const NOTHING: readonly Element[] = [];
/** What only a room may say of somebody. */
const OWNED: ReadonlySet<string> = new Set([NS.muc, NS.mucUser, NS.occupantId, NS.hats, NS.delay]);

/** What a client says of itself in its presence, without what only the room may say. */
export function shownOf(presence: Element): readonly Element[] {
  const shown = presence.getChildElements().filter((child) => !OWNED.has(child.getNS() ?? ''));
  return shown.length > 0 ? shown.map(copyOf) : NOTHING;
}

/** A person in a room under one nick, with one device or several. XEP-0045 §7 */
export class Occupant {
  /** ` from='room@service/nick'`, escaped: what is stamped on everything he says. */
  readonly fromAttribute: Buffer;
  /** His occupant-id as an element. XEP-0421 */
  readonly stamp: Buffer;
  /** What each device has said of itself last. */
  readonly devices = new Map<Session, readonly Element[]>();
  /** Devices whose coming in is on its way to the journal. */
  readonly entering = new Set<Session>();
  /** The others have been told that he is there. */
  isShown = false;
  /** When he said something last, for slow mode. */
  spokeAtMs = 0;

  constructor(
    readonly account: Account,
    /** `room@service/nick` */
    readonly jid: Jid,
    readonly occupantId: string,
    public role: Role,
    public affiliation: Affiliation,
  ) {
    this.fromAttribute = lasting(` from='${escapeAttribute(jid.toString())}'`);
    this.stamp = lasting(`<occupant-id xmlns='${NS.occupantId}' id='${occupantId}'/>`);
  }

  get nick(): string {
    return this.jid.resource!;
  }

  /** True once he is there: somebody may be on his way in. */
  get isPresent(): boolean {
    return this.devices.size > this.entering.size;
  }

  /** Devices that have come in. */
  *present(): Iterable<Session> {
    for (const session of this.devices.keys()) if (!this.entering.has(session)) yield session;
  }

  /** What is shown of him: the latest presence any of his devices sent. */
  get presence(): readonly Element[] {
    return [...this.devices.values()].at(-1) ?? NOTHING;
  }

  /** His real address: that of one of his devices. */
  get address(): string {
    for (const { jid } of this.devices.keys()) return jid.toString();
    return this.account.bare;
  }

  /** The same person under another nick, or as what he has become. */
  renamed(jid: Jid): Occupant {
    const renamed = new Occupant(this.account, jid, this.occupantId, this.role, this.affiliation);
    for (const [session, presence] of this.devices) renamed.devices.set(session, presence);
    for (const session of this.entering) renamed.entering.add(session);
    renamed.isShown = this.isShown;
    renamed.spokeAtMs = this.spokeAtMs;
    return renamed;
  }
}
