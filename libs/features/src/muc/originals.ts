import type { ArchiveReader, PassedStanza } from '@interoffice/archive';
import { type Passage, refuse, type Refused, type Session } from '@interoffice/routing';
import { type Element, forbidden, itemNotFound, NS, plainNamespaces, toTree } from '@interoffice/wire';
import type { Room } from './room.js';

/** Messages looked up for what is about to be said of them. */
const MOST_KEPT = 64;
const ROW_ID = /^[0-7][0-9a-f]{15}$/;

/** What a message says of an earlier one. */
interface Claim {
  readonly kind: 'corrects' | 'retracts';
  /** The author's own id (XEP-0308 §4), or the one the room gave (XEP-0424 §5). */
  readonly id: string;
}

/**
 * Whose the messages are that somebody wants to correct or retract: nobody changes what another has said, whatever nick he
 * goes by meanwhile. T-06 of security.md
 */
export class Originals {
  /** Made when somebody first corrects something: most rooms need none. */
  #known: Map<string, PassedStanza | undefined> | undefined;

  constructor(
    private readonly room: Room,
    private readonly archive: ArchiveReader | undefined,
  ) {}

  /** A promise: the journal has to be asked first. */
  prepare(p: Passage): Promise<void> | undefined {
    const claim = claimOf(p.tree());
    if (!claim || !this.archive) return undefined;
    const key = keyOf(claim, p.session);
    return this.#known?.has(key) === true ? undefined : this.#look(key, claim, p.session);
  }

  /** The row that is spoken of; undefined where nothing is recorded. */
  about(p: Passage): string | Refused | undefined {
    const claim = claimOf(p.tree());
    if (!claim || !this.archive) return undefined;
    const row = this.#known?.get(keyOf(claim, p.session));
    this.#known?.delete(keyOf(claim, p.session));
    if (!row) return refuse(itemNotFound('There is no such message in this room.'), 'it speaks of no message');
    if (this.#isOwn(row, p.session)) return row.id;
    return refuse(forbidden('Only its author can change a message.'), "it changes somebody else's message");
  }

  /** People of other servers have no number here: they are known by what the room made of their address. XEP-0421 */
  #isOwn(row: PassedStanza, { account, border }: Session): boolean {
    if (!border) return row.authorId === account.id;
    const said = toTree(row.stanza, 0, row.stanza.length, CLIENT).getChild('occupant-id', NS.occupantId);
    return row.authorId === 0 && said?.attrs['id'] === this.room.occupantIdOf(account.bare);
  }

  async #look(key: string, { kind, id }: Claim, session: Session): Promise<void> {
    // It may be on its way to the journal.
    await session.whenDecided();
    const roomId = this.room.party.accountId;
    const row =
      kind === 'corrects'
        ? await this.archive!.said({ accountId: session.account.id, roomId, id })
        : await findSaid(this.archive!, this.room, id);
    const known = (this.#known ??= new Map<string, PassedStanza | undefined>());
    if (known.size >= MOST_KEPT) known.delete(known.keys().next().value!);
    known.set(key, row);
  }
}

/** What was said in the room under the id the room gave it. */
export async function findSaid(archive: ArchiveReader, room: Room, id: string): Promise<PassedStanza | undefined> {
  if (!ROW_ID.test(id)) return undefined;
  const rows = await archive.find([id]);
  return rows.find(({ receiverId, kind }) => receiverId === room.party.accountId && kind === GROUPCHAT);
}

const GROUPCHAT = 3;
const CLIENT = plainNamespaces(NS.client);

function claimOf(message: Element): Claim | undefined {
  const retracts = message.getChild('retract', NS.retract)?.attrs['id'] as string | undefined;
  if (retracts !== undefined) return { kind: 'retracts', id: retracts };
  const corrects = message.getChild('replace', NS.correct)?.attrs['id'] as string | undefined;
  return corrects === undefined ? undefined : { kind: 'corrects', id: corrects };
}

function keyOf({ kind, id }: Claim, { account }: Session): string {
  return `${kind} ${account.bare} ${id}`;
}
