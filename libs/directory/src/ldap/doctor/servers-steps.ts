import { LdapConnection } from '../connection.js';
import { isAnswer } from '../answer.js';
import { bad, good, type Step, warning } from './finding.js';
import type { Examined } from './examination.js';

const DAY_MS = 86_400_000;
const WARN_BEFORE_DAYS = 21;

/** One step per server: is it reached, does it answer, how long is its certificate good, and for which names? */
export function serverSteps(examined: Examined, urls: readonly string[]): readonly Step[] {
  return urls.map((url) => ({
    name: `server ${url}`,
    remedy:
      'Check that the server runs, that the network lets us through, and that its certificate is trusted and in its name.',
    look: async () => {
      const began = performance.now();
      const connection = await LdapConnection.open({ ...examined.options, url });
      try {
        const openedMs = Math.round(performance.now() - began);
        await anyAnswer(connection);
        return certificateFinding(connection, { openedMs, now: examined.clock.now() });
      } finally {
        connection.destroy();
      }
    },
  }));
}

/** Some directories refuse to be asked anonymously: that is an answer as good as any. */
async function anyAnswer(connection: LdapConnection): Promise<void> {
  try {
    await connection.search('', { scope: 'base', attributes: ['1.1'] });
  } catch (error) {
    if (!isAnswer(error)) throw error;
  }
}

function certificateFinding({ certificate }: LdapConnection, { openedMs, now }: { openedMs: number; now: number }) {
  if (!certificate) return bad('the connection is not encrypted', 'Use ldaps:// or start-tls.');
  const days = Math.floor((Date.parse(certificate.valid_to) - now) / DAY_MS);
  const names = certificate.subjectaltname ?? 'no names';
  const detail = `connected in ${openedMs} ms; certificate good for ${days} days, for ${names}`;
  return days < WARN_BEFORE_DAYS
    ? warning(detail, 'Renew the certificate of this server; nobody can log in through it once it has ended.')
    : good(detail);
}
