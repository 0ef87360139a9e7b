import type { CertificateCare, Part } from '@interoffice/api';
import type { CertificateUpkeep } from '@interoffice/gateway';
import type { XmppServer } from '@interoffice/server';
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
      remedy: RENEWAL_REMEDY,
      probe: async () => renewal && renewalText(renewal.state),
    },
    {
      name: 'own name from outside',
      remedy: PROBE_REMEDY,
      // Begun after this was read.
      probe: async () => upkeep.probe && seenText(upkeep.probe.results),
    },
  ];
}

/** The same of gateways in processes of their own, as they say over their links. */
export function gatewayParts(
  settled: readonly { readonly name: string }[],
  now: () => NonNullable<XmppServer['federation']>['gateways'],
): readonly Part[] {
  return settled
    .filter(({ name }) => name !== 'local')
    .map(({ name }) => ({
      name: `certificate of gateway ${name}`,
      remedy: `Put another certificate in place there. ${RENEWAL_REMEDY} ${PROBE_REMEDY}`,
      probe: async () => {
        const report = now().find((gateway) => gateway.name === name)?.report;
        if (!report) return undefined;
        const { certificate, renewal, probe } = report;
        const { fault, missing, isProvisional, facts } = certificate;
        if (!facts) throw new Failure('CERTIFICATE_INVALID', fault ?? 'It cannot be read.');
        if (missing.length > 0) throw new Failure('CERTIFICATE_NAMES', `It does not name ${missing.join(', ')}.`);
        const ends = `${isProvisional ? 'provisional, ' : ''}good until ${new Date(facts.notAfter).toISOString().slice(0, 10)}`;
        return [ends, renewal && renewalText(renewal), probe && seenText(probe)].filter(Boolean).join('; ');
      },
    }));
}

const RENEWAL_REMEDY = 'The certificate in use is kept and it is tried again; correct what the authority says.';
const PROBE_REMEDY =
  'interoffice cert list says what was seen; look at DNS, at the way there, and at who issued that certificate.';

/** Throws with what the authority said. */
function renewalText({ by, failed, nextAt }: NonNullable<CertificateCare['renewal']>): string {
  const next = new Date(nextAt).toISOString();
  if (failed) throw new Failure(failed.code, `${failed.text} Tried ${failed.count} times; next at ${next}.`);
  return `by ${by === 'acme' ? 'ACME' : 'the company’s authority'}, next at ${next}`;
}

/** Throws IMPOSTOR_SEEN, SELF_PROBE_FAILED. */
function seenText(results: NonNullable<CertificateCare['probe']>): string {
  const wrong = results.filter(({ state }) => state !== 'ours');
  const impostor = wrong.find(({ state }) => state === 'impostor');
  if (impostor) throw new Failure('IMPOSTOR_SEEN', impostor.text);
  if (wrong[0]) throw new Failure('SELF_PROBE_FAILED', `${wrong[0].domain} could not be called: ${wrong[0].text}`);
  if (results.length === 0) return 'not called yet';
  return results.length === 1 ? '1 name shows our certificate' : `${results.length} names show our certificate`;
}
