import { Alert, Button, Stack, Typography } from '@mui/material';
import type { PeerContacts } from '@interoffice/contract';
import { useState } from 'react';
import { usePermissions } from 'react-admin';
import { PlainText } from '../PlainText.js';
import { peerContacts } from './peer-requests.js';

/** Whom to write to about a peer: asked of its server when somebody wants to know. */
export function ContactsPart({ peer }: { peer: string }) {
  const { permissions = [] } = usePermissions<readonly string[]>();
  const [isBusy, setBusy] = useState(false);
  const [found, setFound] = useState<PeerContacts>();
  const [failure, setFailure] = useState<string>();
  if (!permissions.includes('peers:write')) {
    return <Typography variant="body2">Whoever administers peers can ask its server.</Typography>;
  }
  const look = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      setFound(await peerContacts(peer));
    } catch (error) {
      setFailure(error instanceof Error ? error.message : 'It failed.');
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack spacing={1} sx={{ alignItems: 'flex-start' }}>
      <Button size="small" variant="outlined" disabled={isBusy} onClick={() => void look()}>
        Ask its server
      </Button>
      {failure === undefined ? null : <Alert severity="warning">{failure}</Alert>}
      {found?.contacts.length === 0 ? <Typography variant="body2">It names nobody.</Typography> : null}
      {found?.contacts.map(({ kind, addresses }) => (
        <Typography key={kind} variant="body2">
          <PlainText text={`${kind}: ${addresses.join(', ')}`} />
        </Typography>
      ))}
    </Stack>
  );
}
