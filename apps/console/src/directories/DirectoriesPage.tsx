import { Alert, Box, Button, Card, CardContent, LinearProgress, Stack, Typography } from '@mui/material';
import type { Directory } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Title, useNotify, usePermissions } from 'react-admin';
import { PlainText } from '../PlainText.js';
import { Departures } from './Departures.js';
import { directories, syncNow } from './directory-requests.js';
import { DoctorDialog } from './DoctorDialog.js';
import { HeldAlert } from './HeldAlert.js';
import { PreviewDialog } from './PreviewDialog.js';
import { ServerTable } from './ServerTable.js';
import { SyncTable } from './SyncTable.js';

const LOOK_EVERY_MS = 5000;

/** Where people come from: servers, syncs, what the next one does, and who was shut out how fast. */
export function DirectoriesPage() {
  const query = useQuery({ queryKey: ['directories'], queryFn: directories, refetchInterval: LOOK_EVERY_MS });
  const { data, error, isPending } = query;
  return (
    <Stack spacing={2} sx={{ mt: 2 }}>
      <Title title="Directories" />
      {error ? <Alert severity="error">{error.message}</Alert> : null}
      {isPending ? <LinearProgress aria-label="Loading" /> : null}
      {data?.items.length === 0 ? (
        <Alert severity="info">
          People are kept here alone. Name an LDAP server or Active Directory under “directory” in the settings to bring
          in the company&apos;s people.
        </Alert>
      ) : null}
      {data?.items.map((directory) => (
        <OneDirectory key={directory.name} directory={directory} onChange={() => void query.refetch()} />
      ))}
      <Departures />
    </Stack>
  );
}

type Open = 'preview' | 'doctor' | undefined;

function OneDirectory({ directory, onChange }: { directory: Directory; onChange: () => void }) {
  const { name, domains, servers, people, refused, groups, syncs, progress, held, nextFullAt } = directory;
  const [open, setOpen] = useState<Open>();
  const close = (): void => setOpen(undefined);
  return (
    <Card variant="outlined" component="section" aria-label={`Directory ${name}`}>
      <CardContent>
        <Stack spacing={2}>
          <Box>
            <Typography variant="h6" component="h2">
              <PlainText text={name} />
            </Typography>
            <Typography variant="body2" sx={{ color: 'text.secondary' }}>
              {people} people for {domains.join(', ')}, of whom {refused} may not log in as the directory has it;{' '}
              {groups} groups.
              {nextFullAt === undefined ? '' : ` Next full sync ${new Date(nextFullAt).toLocaleString()}.`}
            </Typography>
          </Box>
          {held ? <HeldAlert directory={name} held={held} onDecided={onChange} /> : null}
          {progress ? <Progress {...progress} /> : null}
          <ServerTable servers={servers} />
          <SyncTable syncs={syncs} />
          <Actions name={name} onOpen={setOpen} onChange={onChange} />
        </Stack>
      </CardContent>
      {open === 'preview' ? <PreviewDialog name={name} onClose={close} /> : null}
      {open === 'doctor' ? <DoctorDialog name={name} onClose={close} /> : null}
    </Card>
  );
}

function Progress({ done, expected }: NonNullable<Directory['progress']>) {
  const share = expected > 0 ? Math.min(100, (100 * done) / expected) : 0;
  return (
    <Box>
      <LinearProgress aria-label="Full sync" variant={expected > 0 ? 'determinate' : 'indeterminate'} value={share} />
      <Typography variant="caption" role="status">
        A full sync runs: {done} read{expected > 0 ? ` of about ${expected}` : ''}.
      </Typography>
    </Box>
  );
}

function Actions({ name, onOpen, onChange }: { name: string; onOpen: (what: Open) => void; onChange: () => void }) {
  const { permissions = [] } = usePermissions<readonly string[]>();
  const notify = useNotify();
  const sync = async (kind: 'full' | 'changes'): Promise<void> => {
    try {
      await syncNow(name, kind);
      notify(kind === 'full' ? 'A full sync has begun.' : 'Changes are being read.', { type: 'info' });
      onChange();
    } catch (failure) {
      notify(failure instanceof Error ? failure.message : 'It failed.', { type: 'error' });
    }
  };
  const mayChange = permissions.includes('directories:write');
  return (
    <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
      {mayChange ? <Button onClick={() => void sync('changes')}>Sync now</Button> : null}
      {mayChange ? <Button onClick={() => void sync('full')}>Sync everybody</Button> : null}
      <Button onClick={() => onOpen('preview')}>What would change</Button>
      <Button onClick={() => onOpen('doctor')}>Directory doctor</Button>
    </Stack>
  );
}
