import { Button } from '@mui/material';
import type { Peer } from '@interoffice/contract';
import { useState } from 'react';
import { useNotify, usePermissions, useRecordContext, useRefresh } from 'react-admin';
import { retryPeer } from './peer-requests.js';

/** Calls a peer that is down now, instead of when its turn comes. */
export function RetryButton() {
  const peer = useRecordContext<Peer & { id: string }>();
  const { permissions = [] } = usePermissions<readonly string[]>();
  const [isBusy, setBusy] = useState(false);
  const notify = useNotify();
  const refresh = useRefresh();
  if (peer?.state !== 'calling' || !permissions.includes('peers:write')) return null;
  const retry = async (): Promise<void> => {
    setBusy(true);
    try {
      await retryPeer(peer.domain);
      notify(`${peer.domain} is being called.`, { type: 'info' });
      refresh();
    } catch (failure) {
      notify(failure instanceof Error ? failure.message : 'It failed.', { type: 'error' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button size="small" variant="outlined" disabled={isBusy} onClick={() => void retry()}>
      Retry now
    </Button>
  );
}
