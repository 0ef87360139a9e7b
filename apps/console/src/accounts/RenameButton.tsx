import { Button, Stack, TextField, Typography } from '@mui/material';
import type { Account } from '@interoffice/contract';
import { useState } from 'react';
import { Confirm, useNotify, usePermissions, useRecordContext, useRedirect } from 'react-admin';
import { renameAccount } from '../data-provider.js';

/** Gives somebody another address, after a question that asks for it. */
export function RenameButton() {
  const account = useRecordContext<Account & { id: string }>();
  const { permissions = [] } = usePermissions<readonly string[]>();
  const notify = useNotify();
  const redirect = useRedirect();
  const [address, setAddress] = useState<string>();
  if (!account || account.state === 'deleted' || !permissions.includes('accounts:write')) return null;

  const name = account.name ?? account.jid;
  const rename = async (): Promise<void> => {
    try {
      const { jid } = await renameAccount(account.jid, address ?? '');
      setAddress(undefined);
      notify(`${name} is ${jid} from now on, and logs in again on every device.`, { type: 'success' });
      redirect('show', 'accounts', jid);
    } catch (error) {
      notify(error instanceof Error ? error.message : 'It failed.', { type: 'error' });
    }
  };

  return (
    <>
      <Button variant="outlined" onClick={() => setAddress(account.jid)}>
        Rename
      </Button>
      <Confirm
        isOpen={address !== undefined}
        title={`Rename ${name}?`}
        content={
          <Stack spacing={2}>
            <Typography>
              Every device is logged out and logs in again. Archive, rooms and contacts stay, and contacts see the new
              address. Messages to the old one are forwarded for a while; nobody else ever gets it.
            </Typography>
            <TextField
              label="New address"
              value={address ?? ''}
              onChange={({ target }) => setAddress(target.value)}
              autoFocus
              fullWidth
            />
          </Stack>
        }
        confirm="Rename"
        onConfirm={() => void rename()}
        onClose={() => setAddress(undefined)}
      />
    </>
  );
}
