import type { LdapPeopleOptions } from '../../../libs/directory/src/ldap/reading/scope.js';
import type { Changes, Cursor, SeenPerson } from '../../../libs/directory/src/people-source.js';
import type { Access } from './access.js';
import { idOf } from './as-told.js';
import { LdapTools } from './ldap-tools.js';
import { writeLdif, type LdifLines } from './ldif.js';
import { openSource, type OpenSource, type Reader } from './source.js';

/** A directory of the lab in a test: read by us, changed and asked by OpenLDAP's tools. */
export class DirectoryStage {
  readonly tools: LdapTools;
  readonly #access: Access;
  readonly #options: LdapPeopleOptions;
  readonly #opened: OpenSource[] = [];

  constructor(access: Access, options: LdapPeopleOptions) {
    this.#access = access;
    this.#options = options;
    this.tools = new LdapTools({ ...access, dn: access.admin });
  }

  /** Reads as the directory's reader, unless another DN is given. */
  open(change: Partial<LdapPeopleOptions> = {}, as: Reader = {}): OpenSource {
    const source = openSource(this.#access, { ...this.#options, ...change }, as);
    this.#opened.push(source);
    return source;
  }

  close(): void {
    for (const source of this.#opened.splice(0)) source.close();
  }

  modify(dn: string, ...lines: LdifLines): Promise<void> {
    return this.#change(dn, 'modify', lines);
  }

  remove(dn: string): Promise<void> {
    return this.#change(dn, 'delete', []);
  }

  /** Gives the entry another name, and a place below `above`. */
  rename(dn: string, rdn: string, above: string): Promise<void> {
    const how = [
      ['newrdn', rdn],
      ['deleteoldrdn', '1'],
      ['newsuperior', above],
    ] as const;
    return this.#change(dn, 'modrdn', how);
  }

  /** Adds an entry, and gives its stable id. */
  async add(dn: string, lines: LdifLines): Promise<string> {
    await this.#change(dn, 'add', lines);
    return this.idOf(dn);
  }

  async idOf(dn: string): Promise<string> {
    const { id } = this.#options.attributes;
    const [entry] = await this.tools.search(dn, '(objectClass=*)', [id]);
    return idOf(entry!, id);
  }

  #change(dn: string, kind: string, lines: LdifLines): Promise<void> {
    return this.tools.change(writeLdif([[['dn', dn], ['changetype', kind], ...lines]]));
  }
}

/** The person of that id; throws when there is none. */
export function seen(found: ReadonlyMap<string, SeenPerson | 'deleted'>, id: string): SeenPerson {
  const person = found.get(id);
  if (person === undefined || person === 'deleted') throw new Error(`${id} was not found`);
  return person;
}

/** What has changed since; rejects when the cursor is of another server. */
export async function changes({ people }: OpenSource, since: Cursor): Promise<Changes> {
  const found = await people.changesSince(since);
  if (!found) throw new Error('the cursor is of another server');
  return found;
}
