import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from '@mui/material';
import type { Peer, PeerAttempt } from '@interoffice/contract';
import { useState } from 'react';
import { useNotify, usePermissions, useRecordContext } from 'react-admin';
import { AttemptTable } from './AttemptTable.js';
import { testPeer } from './peer-requests.js';

/** Goes the whole way to a peer now, sends nothing, and shows how far it came. */
export function TestButton() {
  const peer = useRecordContext<Peer & { id: string }>();
  const { permissions = [] } = usePermissions<readonly string[]>();
  const [isBusy, setBusy] = useState(false);
  const [found, setFound] = useState<readonly PeerAttempt[]>();
  const notify = useNotify();
  if (!peer || peer.state === 'denied' || !permissions.includes('peers:write')) return null;
  const test = async (): Promise<void> => {
    setBusy(true);
    try {
      setFound((await testPeer(peer.domain)).attempts);
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
          <AttemptTable attempts={found ?? []} />
        </DialogContent>
        <DialogActions>
          <Button onClick={close}>Close</Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
