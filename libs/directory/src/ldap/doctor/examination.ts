import type { Clock } from '@interoffice/telemetry';
import { jid, type Jid, JidMalformed } from '@interoffice/wire';
import { explainPerson, type Explaining } from '../explain-person.js';
import type { LdapServers } from '../servers.js';
import { bad, type Finding, good, type Step, taken } from './finding.js';
import { peopleSteps } from './people-steps.js';
import { rootSteps } from './root-steps.js';
import { serverSteps } from './servers-steps.js';

export type { Finding } from './finding.js';

/** What the doctor looks at. */
export interface Examined extends Explaining {
  readonly servers: LdapServers;
  readonly clock: Clock;
}

/**
 * Everything that has to be right for a source to work, one finding after the other. Reads only; needs no password but
 * the service account's. Never rejects, and no step takes longer than 20 s.
 */
export async function* examine(examined: Examined, login?: string): AsyncGenerator<Finding> {
  const found = await taken(discovery(examined));
  if (found.state !== 'good' || examined.options.srv !== undefined) yield found;
  const urls = found.state === 'good' ? await examined.servers.urls() : [];
  const steps = [...serverSteps(examined, urls), ...rootSteps(examined), ...peopleSteps(examined)];
  const simulated = login === undefined ? [] : [simulation(examined, login)];
  for (const step of [...steps, ...simulated]) yield await taken(step);
}

function discovery({ servers }: Examined): Step {
  return {
    name: 'servers in DNS',
    remedy: 'Check `srv` of the source and that the DNS server knows the records of the directory.',
    look: async () => good((await servers.urls()).join(', ')),
  };
}

function simulation(examined: Examined, login: string): Step {
  const remedy = 'Check the name; it may also be CORP\\name, a principal or a mail address.';
  return {
    name: `log-in of ${login}`,
    remedy,
    look: async () => {
      const account = accountOf(login, examined.options.domains);
      if (!account) return bad(`${login} cannot be a log-in name`, remedy);
      const asked = { account, record: undefined, now: examined.clock.now() };
      const { mayLogIn, because, names = [] } = await explainPerson(asked, examined);
      if (!mayLogIn) return bad(because.join('; '), 'Change this in the directory, or in the settings of the source.');
      return good(`${because.join('; ')}; logs in as ${names.join(', ')}`);
    },
  };
}

/** The address a client would send for what somebody types. */
function accountOf(login: string, domains: readonly [string, ...string[]]): Jid | undefined {
  const at = login.lastIndexOf('@');
  const own = domains.find((domain) => domain === login.slice(at + 1).toLowerCase());
  try {
    return own !== undefined && at > 0 ? jid(login.slice(0, at), own) : jid(login.replaceAll('@', '\\40'), domains[0]);
  } catch (error) {
    if (error instanceof JidMalformed) return undefined;
    throw error;
  }
}
