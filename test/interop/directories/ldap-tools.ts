import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../line-process.js';
import { readLdif, type LdifEntry } from './ldif.js';

const WITHIN_MS = 60_000;

/** Whom the tools are at which server. */
export interface ToolLogin {
  readonly url: string;
  /** File with the certificate of the authority. */
  readonly authority: string;
  readonly dn: string;
  readonly password: string;
  /** For the file that holds the password. */
  readonly folder: string;
}

/** OpenLDAP's own command line tools: what they find is what we should find, what they write is what others write. */
export class LdapTools {
  readonly #login: ToolLogin;
  readonly #secret: string;

  constructor(login: ToolLogin) {
    this.#login = login;
    this.#secret = path.join(login.folder, `secret-${login.dn.replaceAll(/\W/g, '').slice(0, 60)}`);
    writeFileSync(this.#secret, login.password, { mode: 0o600 });
  }

  async search(base: string, filter: string, attributes: readonly string[]): Promise<readonly LdifEntry[]> {
    const shape = ['-LLL', '-o', 'ldif-wrap=no', '-E', 'pr=500/noprompt'];
    return readLdif(await this.#run('ldapsearch', [...shape, '-b', base, filter, ...attributes]));
  }

  /** Carries out changes in LDIF: `changetype: modify`, `modrdn`, `add`, `delete`. */
  async change(ldif: string): Promise<void> {
    await this.#run('ldapmodify', [], ldif);
  }

  async #run(tool: string, args: readonly string[], input = ''): Promise<string> {
    const { url, dn, authority } = this.#login;
    const env = { ...process.env, LDAPTLS_CACERT: authority };
    const given = ['-x', '-H', url, '-D', dn, '-y', this.#secret, ...args];
    const { code, text, complaints } = await run(tool, given, { input, env, timeout: WITHIN_MS });
    if (code !== 0) throw new Error(`${tool} ${args.join(' ')}: ${code}\n${complaints}`);
    return text;
  }
}
