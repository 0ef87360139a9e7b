import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, Stack, Typography } from '@mui/material';
import type { Peer, PeerTest } from '@interoffice/contract';
import { useState } from 'react';
import { useNotify, usePermissions, useRecordContext } from 'react-admin';
import { PlainText } from '../PlainText.js';
import { AttemptTable } from './AttemptTable.js';
import { testPeer } from './peer-requests.js';

type Tested = PeerTest['gateways'];

/** Goes the whole way to a peer now from each gateway of ours, sends nothing, and shows how far each came. */
export function TestButton() {
  const peer = useRecordContext<Peer & { id: string }>();
  const { permissions = [] } = usePermissions<readonly string[]>();
  const [isBusy, setBusy] = useState(false);
  const [found, setFound] = useState<Tested>();
  const notify = useNotify();
  if (!peer || peer.state === 'denied' || !permissions.includes('peers:write')) return null;
  const test = async (): Promise<void> => {
    setBusy(true);
    try {
      setFound((await testPeer(peer.domain)).gateways);
    } catch (failure) {
      notify(failure instanceof Error ? failure.message : 'It failed.', { type: 'error' });
    } finally {
      setBusy(false);
    }
  };
  const close = (): void => setFound(undefined);
  return (
    <>
      <Button size="small" variant="outlined" disabled={isBusy} onClick={() => void test()}>
        {isBusy ? 'Testing …' : 'Test now'}
      </Button>
      <Dialog open={found !== undefined} onClose={close} maxWidth="md" fullWidth aria-labelledby="peer-test">
        <DialogTitle id="peer-test">{`Calling ${peer.domain}`}</DialogTitle>
        <DialogContent>
          <Stack spacing={3}>
            {(found ?? []).map((tested) => (
              <OneGateway key={tested.name} tested={tested} isOnly={found?.length === 1} />
            ))}
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={close}>Close</Button>
        </DialogActions>
      </Dialog>
    </>
  );
}

/** Which one it was, where there are several. */
function OneGateway({ tested: { name, attempts, fault }, isOnly }: { tested: Tested[number]; isOnly: boolean }) {
  return (
    <Stack spacing={1} component="section" aria-label={`From ${name}`}>
      {isOnly ? null : (
        <Typography variant="subtitle1" component="h3">
          From <PlainText text={name} />
        </Typography>
      )}
      {fault ? (
        <Alert severity="error">
          <PlainText text={`${fault.text} [${fault.code}]`} />
        </Alert>
      ) : (
        <AttemptTable label={`Attempts from ${name}`} attempts={attempts} />
      )}
    </Stack>
  );
}
