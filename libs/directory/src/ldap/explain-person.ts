import { describeError } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import type { Entry } from 'ldapts';
import type { AccountRecord, Explanation, FilterFinding } from '../directory.js';
import type { Entries, Found } from './entries.js';
import { textOf } from './entry.js';
import { explainEntry } from './explain-entry.js';
import { accountKey } from './account-key.js';
import { isInLoginGroup } from './login-group.js';
import type { PasswordCheck } from './password-check.js';
import type { LdapPool } from './pool.js';
import { basesOf, type LdapSourceOptions } from './source-options.js';

/** What explaining looks at. */
export interface Explaining {
  readonly options: LdapSourceOptions;
  readonly entries: Entries;
  readonly pool: LdapPool;
  readonly passwords: PasswordCheck;
}

/** Who is asked about. */
export interface Asked {
  readonly account: Jid;
  readonly record: AccountRecord | undefined;
  readonly now: number;
}

/** Why somebody can or cannot log in, asked of the directory now, everything but the password. Never rejects. */
export async function explainPerson(asked: Asked, explaining: Explaining): Promise<Explanation> {
  const directory = explaining.options.name;
  try {
    const found = await inOrOut(asked, explaining.entries);
    const [entry, ...others] = found.entries;
    const isOne = entry !== undefined && others.length === 0;
    const more = isOne ? await factsOf(entry, explaining) : { filters: [baseFinding(explaining, entry)] };
    return explainEntry({ ...asked, directory, seen: found.entries, server: found.server, ...more });
  } catch (error) {
    return explainEntry({ ...asked, directory, seen: describeError(error) });
  }
}

/** Who is matched by the filter; nobody: who is there at all. */
async function inOrOut({ account, record }: Asked, entries: Entries): Promise<Found> {
  const found = await entries.find(account, record);
  return found.entries.length > 0 ? found : entries.findAnywhere(account, record);
}

async function factsOf(entry: Entry, explaining: Explaining) {
  const { options, entries, passwords } = explaining;
  const { attributes, principal } = options;
  return {
    filters: [
      baseFinding(explaining, entry),
      await filterFinding(entry, explaining),
      ...(await groupFinding(entry, explaining)),
    ],
    lockedOut: passwords.lockedOut(accountKey(entry, options)),
    names: entries.namesOf({
      login: textOf(entry, attributes.login),
      principal: principal === undefined ? undefined : textOf(entry, principal),
      mail: textOf(entry, attributes.mail),
    }),
  };
}

function baseFinding({ options }: Explaining, entry: Entry | undefined): FilterFinding {
  const bases = basesOf(options).join(' or ');
  const detail = entry ? `below ${bases}` : `nobody of that name is below ${bases}`;
  return { name: 'base', passed: entry !== undefined, detail };
}

async function filterFinding(entry: Entry, { entries, options }: Explaining): Promise<FilterFinding> {
  const passed = await entries.passesFilter(entry);
  return { name: 'filter', passed, detail: `${passed ? 'matched' : 'not matched'} by the filter ${options.filter}` };
}

async function groupFinding(entry: Entry, { options, pool }: Explaining): Promise<readonly FilterFinding[]> {
  const { loginGroup } = options;
  if (loginGroup === undefined) return [];
  try {
    const passed = await pool.use((connection) => isInLoginGroup(entry, options, connection));
    return [{ name: 'login-group', passed, detail: `${passed ? 'in' : 'not in'} the log-in group ${loginGroup}` }];
  } catch (error) {
    // Whoever asks why is told what a log-in would run into.
    return [{ name: 'login-group', passed: false, detail: describeError(error) }];
  }
}
