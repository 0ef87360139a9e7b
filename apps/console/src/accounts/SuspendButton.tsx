import { Button } from '@mui/material';
import type { Account } from '@interoffice/contract';
import { useState } from 'react';
import { Confirm, useNotify, usePermissions, useRecordContext, useRefresh } from 'react-admin';
import { setSuspended } from '../data-provider.js';

/** Ends somebody's access at once, or gives it back, after a question. */
export function SuspendButton() {
  const account = useRecordContext<Account & { id: string }>();
  const { permissions = [] } = usePermissions<readonly string[]>();
  const notify = useNotify();
  const refresh = useRefresh();
  const [asking, setAsking] = useState(false);
  const isChangeable = account?.state === 'active' || account?.state === 'suspended';
  if (!account || !isChangeable || !permissions.includes('accounts:suspend')) return null;

  const suspend = account.state === 'active';
  const name = account.name ?? account.jid;
  const change = async (): Promise<void> => {
    setAsking(false);
    try {
      await setSuspended(account.jid, suspend);
      notify(suspend ? `${name} is suspended and logged out everywhere.` : `${name} may log in again.`, {
        type: 'success',
      });
      refresh();
    } catch (error) {
      notify(error instanceof Error ? error.message : 'It failed.', { type: 'error' });
    }
  };

  return (
    <>
      <Button color={suspend ? 'error' : 'primary'} variant="outlined" onClick={() => setAsking(true)}>
        {suspend ? 'Suspend' : 'Restore'}
      </Button>
      <Confirm
        isOpen={asking}
        title={suspend ? `Suspend ${name}?` : `Restore ${name}?`}
        content={
          suspend
            ? 'Every device is logged out at once. Messages already recorded stay.'
            : 'The person may log in again.'
        }
        confirm={suspend ? 'Suspend' : 'Restore'}
        onConfirm={() => void change()}
        onClose={() => setAsking(false)}
      />
    </>
  );
}
