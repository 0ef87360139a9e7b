import type { Part } from '@interoffice/api';
import type { CertificateUpkeep } from '@interoffice/gateway';
import { Failure } from '@interoffice/telemetry';

/** Ends that are nearer than this are an alarm; from 30 days on they stand on the page of certificates. */
const ALARM_DAYS = 14;

/** What is done about certificates, as parts of the server that work or do not. */
export function certificateParts(upkeep: CertificateUpkeep): readonly Part[] {
  const { renewal, expiry } = upkeep;
  return [
    {
      name: 'certificates of peers',
      remedy: 'Tell the peer’s administrators; afterwards nothing is exchanged with them.',
      probe: async () => {
        const theirs = expiry.warnings.filter(({ certificate }) => certificate.whose === 'peer');
        const near = theirs.filter(({ days }) => days <= ALARM_DAYS);
        if (near.length > 0) throw new Failure('PEER_CERTIFICATE_ENDS', near.map(({ text }) => text).join(' '));
        return theirs.length === 0 ? 'none ends within 30 days' : `${theirs.length} end within 30 days`;
      },
    },
    {
      name: 'certificate renewal',
      remedy: 'The certificate in use is kept and it is tried again; correct what the authority says.',
      probe: async () => {
        if (!renewal) return undefined;
        const { by, failed, nextAt } = renewal.state;
        const next = new Date(nextAt).toISOString();
        if (failed) throw new Failure(failed.code, `${failed.text} Tried ${failed.count} times; next at ${next}.`);
        return `by ${by === 'acme' ? 'ACME' : 'the company’s authority'}, next at ${next}`;
      },
    },
    {
      name: 'own name from outside',
      remedy:
        'interoffice cert list says what was seen; look at DNS, at the way there, and at who issued that certificate.',
      probe: async () => {
        // Begun after this was read.
        const { probe } = upkeep;
        if (!probe) return undefined;
        const wrong = probe.results.filter(({ state }) => state !== 'ours');
        const impostor = wrong.find(({ state }) => state === 'impostor');
        if (impostor) throw new Failure('IMPOSTOR_SEEN', impostor.text);
        if (wrong[0])
          throw new Failure('SELF_PROBE_FAILED', `${wrong[0].domain} could not be called: ${wrong[0].text}`);
        return probe.results.length === 0 ? 'not called yet' : `${probe.results.length} names show our certificate`;
      },
    },
  ];
}
