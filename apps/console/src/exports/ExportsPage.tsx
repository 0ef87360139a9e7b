import { Alert, Box, Stack, Typography } from '@mui/material';
import { Export, ExportList } from '@interoffice/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Title } from 'react-admin';
import { ask } from '../http.js';
import { ExportForm } from './ExportForm.js';
import { ExportRow } from './ExportRow.js';
import { FilesDialog } from './FilesDialog.js';

const KEY = ['exports'];
const WHILE_BUSY_MS = 1_000;

/** What was handed over, and what is being made ready. */
export function ExportsPage() {
  const [opened, setOpened] = useState<Export>();
  const client = useQueryClient();
  const { data, error } = useQuery({
    queryKey: KEY,
    queryFn: () => ask(ExportList, '/exports'),
    refetchInterval: ({ state }) => (state.data?.items.some(isOpen) === true ? WHILE_BUSY_MS : false),
  });
  const change = useMutation({
    mutationFn: ({ path, body }: { path: string; body: object }) => ask(Export, path, { method: 'POST', body }),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
  const act = (item: Export, what: 'cancel' | 'resume'): void =>
    change.mutate({ path: `/exports/${item.id}/${what}`, body: { reason: item.reason } });
  const failure = error ?? change.error;

  return (
    <Box sx={{ mt: 2, maxWidth: 1100 }}>
      <Title title="Exports" />
      <ExportForm busy={change.isPending} onStart={(body) => change.mutate({ path: '/exports', body })} />
      <Stack spacing={1} component="section" aria-label="Exports" sx={{ mt: 2 }}>
        {failure ? <Alert severity="error">{failure.message}</Alert> : null}
        {data?.items.length === 0 ? (
          <Typography color="text.secondary">
            Nothing was exported yet. What you export and download is written to the audit log, with your reason.
          </Typography>
        ) : null}
        {data?.items.map((item) => (
          <ExportRow
            key={item.id}
            item={item}
            onOpen={() => setOpened(item)}
            onCancel={() => act(item, 'cancel')}
            onResume={() => act(item, 'resume')}
          />
        ))}
      </Stack>
      {opened ? <FilesDialog item={opened} onClose={() => setOpened(undefined)} /> : null}
    </Box>
  );
}

function isOpen({ state }: Export): boolean {
  return state === 'waiting' || state === 'running';
}
