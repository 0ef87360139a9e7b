import { Alert, AlertTitle, Button, Stack, Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { HttpError, useNotify, usePermissions, useRefresh } from 'react-admin';
import { PlainText } from '../PlainText.js';
import { policyState, reloadPolicy } from './peer-requests.js';
import { changesText, versionText } from './policy-words.js';

const LOOK_EVERY_MS = 5000;

/** Which version of the rules holds, and an alarm while the settings file is not followed. */
export function PolicyState() {
  const { data, error } = useQuery({
    queryKey: ['policy'],
    queryFn: policyState,
    refetchInterval: LOOK_EVERY_MS,
    retry: false,
  });
  // Without rules there is no version; the list below says what that means.
  if (error instanceof HttpError || !data) return null;
  const { problem } = data;
  return (
    <Stack spacing={1}>
      {problem ? (
        <Alert severity="error" role="alert">
          <AlertTitle>The settings file is not followed: the rules below still hold</AlertTitle>
          <Typography component="pre" variant="body2" sx={{ whiteSpace: 'pre-wrap', m: 0 }}>
            <PlainText text={problem.text} />
          </Typography>
        </Alert>
      ) : null}
      <Stack direction="row" spacing={2} sx={{ alignItems: 'center' }}>
        <Typography>
          <PlainText text={versionText(data, (iso) => new Date(iso).toLocaleString())} />
        </Typography>
        <ReloadButton />
      </Stack>
    </Stack>
  );
}

function ReloadButton() {
  const { permissions = [] } = usePermissions<readonly string[]>();
  const [isBusy, setBusy] = useState(false);
  const notify = useNotify();
  const refresh = useRefresh();
  if (!permissions.includes('peers:write')) return null;
  const reload = async (): Promise<void> => {
    setBusy(true);
    try {
      notify(changesText(await reloadPolicy()), { type: 'info' });
    } catch (failure) {
      notify(failure instanceof Error ? failure.message : 'It failed.', { type: 'error', multiLine: true });
    } finally {
      setBusy(false);
      refresh();
    }
  };
  return (
    <Button size="small" variant="outlined" disabled={isBusy} onClick={() => void reload()}>
      Read the settings again
    </Button>
  );
}
