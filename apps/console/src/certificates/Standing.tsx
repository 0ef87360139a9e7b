import { Alert, Stack, Typography } from '@mui/material';
import type { CertificateStanding } from '@interoffice/contract';
import { PlainText } from '../PlainText.js';

type Care = Pick<CertificateStanding, 'renewal' | 'probe'>;

/** What is done about our certificates by itself, and everything that somebody should look at. */
export function Standing({ standing: { names, gateways, warnings, ...own } }: { standing: CertificateStanding }) {
  return (
    <Stack spacing={1}>
      {warnings.map(({ domain, days, text }) => (
        <Alert key={`${domain} ${text}`} severity={days <= 7 ? 'error' : 'warning'}>
          <PlainText text={text} />
        </Alert>
      ))}
      <Typography variant="body2">
        It has to name <PlainText text={names.join(', ')} />
      </Typography>
      <CareOf care={own} />
      {gateways.map(({ name, ...care }) => (
        <Stack key={name} spacing={1} component="section" aria-label={`Gateway ${name}`}>
          <Typography variant="subtitle2" component="h3">
            Gateway <PlainText text={name} />
          </Typography>
          <CareOf care={care} />
        </Stack>
      ))}
    </Stack>
  );
}

function CareOf({ care: { renewal, probe = [] } }: { care: Care }) {
  return (
    <>
      {probe.map((seen) => (
        <ProbeAlert key={seen.domain} seen={seen} />
      ))}
      {renewal ? (
        <Renewal renewal={renewal} />
      ) : (
        <Typography variant="body2">People renew it: certificate.renew is not set.</Typography>
      )}
    </>
  );
}

function ProbeAlert({
  seen: { domain, state, at, text },
}: {
  seen: NonNullable<CertificateStanding['probe']>[number];
}) {
  if (state === 'ours') {
    return (
      <Typography variant="body2">
        <PlainText
          text={`${domain} shows our certificate to who comes from outside (${new Date(at).toLocaleTimeString()}).`}
        />
      </Typography>
    );
  }
  const what =
    state === 'impostor' ? `${domain} shows a certificate that is not ours.` : `${domain} could not be called.`;
  return (
    <Alert severity="error">
      <PlainText text={`${what} ${text}`} />
    </Alert>
  );
}

function Renewal({ renewal: { by, nextAt, failed } }: { renewal: NonNullable<CertificateStanding['renewal']> }) {
  const who = by === 'acme' ? 'ACME' : 'the company’s authority';
  const next = new Date(nextAt).toLocaleString();
  if (!failed) return <Typography variant="body2">{`It is renewed by ${who}, next at ${next}.`}</Typography>;
  return (
    <Alert severity="error">
      <PlainText text={`Renewing by ${who} has failed ${failed.count} times; next at ${next}. ${failed.text}`} />
    </Alert>
  );
}
