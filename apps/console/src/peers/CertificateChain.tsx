import { Box, Typography } from '@mui/material';
import type { PeerCertificate } from '@interoffice/contract';
import { PlainText } from '../PlainText.js';

/** What a peer has shown, its own certificate first. */
export function CertificateChain({ chain }: { chain: readonly PeerCertificate[] }) {
  if (chain.length === 0) {
    return <Typography variant="body2">No certificate was seen: the attempt did not come so far.</Typography>;
  }
  return (
    <Box component="ol" sx={{ my: 0, pl: 3, display: 'grid', gap: 2 }}>
      {chain.map((certificate) => (
        <li key={certificate.fingerprint}>
          <OneCertificate certificate={certificate} />
        </li>
      ))}
    </Box>
  );
}

function OneCertificate({ certificate }: { certificate: PeerCertificate }) {
  return (
    <Box
      component="dl"
      sx={{ m: 0, display: 'grid', gridTemplateColumns: { sm: 'max-content 1fr' }, columnGap: 2, rowGap: 0.25 }}
    >
      {factsOf(certificate).map(([name, value]) => (
        <Fact key={name} name={name} value={value} />
      ))}
    </Box>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <Typography component="dt" variant="body2" sx={{ color: 'text.secondary' }}>
        {name}
      </Typography>
      <Typography component="dd" variant="body2" sx={{ m: 0, overflowWrap: 'anywhere' }}>
        <PlainText text={value} />
      </Typography>
    </>
  );
}

function factsOf({
  subject,
  issuer,
  names,
  purposes,
  ...rest
}: PeerCertificate): readonly (readonly [string, string])[] {
  const all = [...names.dns, ...names.srv, ...names.xmppAddr, ...names.ip];
  return [
    ['Subject', subject],
    ['Issuer', issuer],
    ['Names', all.length === 0 ? 'none' : all.join(', ')],
    ['For', purposes?.join(', ') ?? 'any purpose'],
    ['Valid', `${new Date(rest.notBefore).toLocaleString()} to ${new Date(rest.notAfter).toLocaleString()}`],
    ['Fingerprint', rest.fingerprint],
    ['Key', rest.keyHash],
  ];
}
