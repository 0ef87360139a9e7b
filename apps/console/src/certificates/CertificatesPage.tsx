import { Alert, Button, Card, CardContent, LinearProgress, Stack, Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Title, useNotify, usePermissions } from 'react-admin';
import { certificates, makeRequest, MOST_ROWS, requests, standing } from './certificate-requests.js';
import { CertificateTable } from './CertificateTable.js';
import { RequestTable } from './RequestTable.js';
import { Standing } from './Standing.js';

const LOOK_EVERY_MS = 5_000;

/** Our certificate and who renews it, what is asked for, and the certificates of peers. */
export function CertificatesPage() {
  const all = useQuery({ queryKey: ['certificates'], queryFn: certificates, refetchInterval: LOOK_EVERY_MS });
  const now = useQuery({ queryKey: ['certificates-standing'], queryFn: standing, refetchInterval: LOOK_EVERY_MS });
  const ours = all.data?.items.filter(({ whose }) => whose !== 'peer') ?? [];
  const theirs = all.data?.items.filter(({ whose }) => whose === 'peer') ?? [];
  const error = all.error ?? now.error;
  const changed = (): void => void Promise.all([all.refetch(), now.refetch()]);
  return (
    <Stack spacing={2} sx={{ mt: 2 }}>
      <Title title="Certificates" />
      {error ? <Alert severity="error">{error.message}</Alert> : null}
      {all.isPending ? <LinearProgress aria-label="Loading" /> : null}
      <Part id="own" title="Our certificate">
        {ours.length > 0 ? <CertificateTable label="Our certificates" items={ours} /> : null}
        {now.data ? <Standing standing={now.data} /> : null}
      </Part>
      <Requests isSwappable={now.data?.swappable ?? true} onChange={changed} />
      <Part id="peers" title="Certificates of peers">
        {all.data && theirs.length === 0 ? (
          <Typography variant="body2">No peer has shown one yet: that is seen when a line to it is made.</Typography>
        ) : null}
        {theirs.length > 0 ? <CertificateTable label="Peers’ certificates" items={theirs} /> : null}
        {all.data && all.data.total > MOST_ROWS ? (
          <Typography variant="caption">{`Those that end first, ${MOST_ROWS} of ${all.data.total}.`}</Typography>
        ) : null}
      </Part>
    </Stack>
  );
}

function Requests({ isSwappable, onChange }: { isSwappable: boolean; onChange: () => void }) {
  const { permissions = [] } = usePermissions<readonly string[]>();
  const { data, error, refetch } = useQuery({
    queryKey: ['certificate-requests'],
    queryFn: requests,
    refetchInterval: LOOK_EVERY_MS,
  });
  const notify = useNotify();
  const mayChange = permissions.includes('certificates:write');
  const changed = (): void => {
    void refetch();
    onChange();
  };
  const make = async (): Promise<void> => {
    try {
      await makeRequest();
      changed();
    } catch (failure) {
      notify(failure instanceof Error ? failure.message : 'It failed.', { type: 'error' });
    }
  };
  return (
    <Part id="requests" title="Requests">
      {error ? <Alert severity="error">{error.message}</Alert> : null}
      {isSwappable ? null : (
        <Alert severity="info">
          The settings name two files for key and certificate: answers cannot be put in place here. Put both into one
          file and leave certificate.key out.
        </Alert>
      )}
      {data?.total === 0 ? (
        <Typography variant="body2">Nothing is asked for. The key of a request never leaves this server.</Typography>
      ) : null}
      {data && data.total > 0 ? <RequestTable items={data.items} mayChange={mayChange} onChange={changed} /> : null}
      {mayChange ? (
        <Button variant="outlined" onClick={() => void make()} sx={{ alignSelf: 'start' }}>
          New request
        </Button>
      ) : null}
    </Part>
  );
}

function Part({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <Card variant="outlined" component="section" aria-labelledby={`${id}-title`}>
      <CardContent>
        <Stack spacing={1}>
          <Typography id={`${id}-title`} variant="h6" component="h2">
            {title}
          </Typography>
          {children}
        </Stack>
      </CardContent>
    </Card>
  );
}
