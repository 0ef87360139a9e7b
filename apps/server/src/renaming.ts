import {
  Book,
  Contacts,
  type Muc,
  RenamedBlocks,
  RenamedContacts,
  RenamedPerson,
  type Sql,
} from '@interoffice/features';
import type { Accounts } from '@interoffice/routing';
import type { Jid } from '@interoffice/wire';

/** What others keep of somebody by their address follows them to another one. */
export class Renaming {
  readonly #keepers: readonly { move(from: Jid, to: Jid): Promise<void> }[];

  constructor(sql: Sql, accounts: Accounts, rooms: Muc['rooms']) {
    this.#keepers = [
      new RenamedBlocks(sql, accounts),
      new RenamedPerson(sql, rooms),
      new RenamedContacts(new Book(new Contacts(sql)), sql, accounts),
    ];
  }

  /** Rejects with the database; what was moved stays so, and it can be called again. Whom it concerns has been told. */
  async move(from: Jid, to: Jid): Promise<void> {
    for (const keeper of this.#keepers) await keeper.move(from, to);
  }
}
