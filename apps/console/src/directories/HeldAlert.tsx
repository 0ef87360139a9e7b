import { Alert, AlertTitle, Button, Stack } from '@mui/material';
import type { HeldSync } from '@interoffice/contract';
import { useState } from 'react';
import { Confirm, useNotify, usePermissions } from 'react-admin';
import { PlainText } from '../PlainText.js';
import { PeopleChanged } from './PeopleChanged.js';
import { decideHeld } from './directory-requests.js';

interface Held {
  readonly directory: string;
  readonly held: HeldSync;
  readonly onDecided: () => void;
}

/** A sync that would have shut out too many people: nothing was done, somebody has to decide. */
export function HeldAlert({ directory, held, onDecided }: Held) {
  const { permissions = [] } = usePermissions<readonly string[]>();
  const notify = useNotify();
  const [asking, setAsking] = useState<'apply' | 'reject'>();
  const { count } = held.refused;
  const decide = async (decision: 'apply' | 'reject'): Promise<void> => {
    setAsking(undefined);
    try {
      await decideHeld(directory, held.id, decision);
      onDecided();
    } catch (failure) {
      notify(failure instanceof Error ? failure.message : 'It failed.', { type: 'error' });
    }
  };
  return (
    <Alert severity="warning">
      <AlertTitle>A sync was stopped: it would have shut out {count} people</AlertTitle>
      <PlainText text={`${held.why} ${held.of} people come from this directory. Nobody was shut out.`} />
      <PeopleChanged title="Would have been shut out" people={held.refused} />
      {permissions.includes('directories:write') ? (
        <Stack direction="row" spacing={1} sx={{ mt: 1 }}>
          <Button color="error" variant="outlined" onClick={() => setAsking('apply')}>
            Shut them out
          </Button>
          <Button variant="outlined" onClick={() => setAsking('reject')}>
            Keep them
          </Button>
        </Stack>
      ) : null}
      <Confirm
        isOpen={asking !== undefined}
        title={asking === 'apply' ? `Shut out ${count} people?` : 'Keep everybody?'}
        content={
          asking === 'apply'
            ? 'Every device of theirs is logged out at once. What they wrote stays in the archive.'
            : 'Nobody is shut out now; the next sync looks again.'
        }
        confirm={asking === 'apply' ? 'Shut out' : 'Keep'}
        onConfirm={() => asking && void decide(asking)}
        onClose={() => setAsking(undefined)}
      />
    </Alert>
  );
}
