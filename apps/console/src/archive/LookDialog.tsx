import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, LinearProgress, Stack } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { z } from 'zod';
import { ask } from '../http.js';

interface LookDialogProps<S extends z.ZodType> {
  readonly title: string;
  readonly schema: S;
  /** What is asked of the API. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | number>>;
  readonly onClose: () => void;
  readonly children: (found: z.infer<S>) => ReactNode;
}

/** One more look at the archive, in a dialog; opening it is one more line in the audit log. */
export function LookDialog<S extends z.ZodType>({ title, schema, path, query, onClose, children }: LookDialogProps<S>) {
  const { data, error, isPending } = useQuery({
    queryKey: [path, query],
    queryFn: () => ask(schema, path, { query }),
    // Every look is audited: the same look is not repeated behind the reader's back.
    refetchOnWindowFocus: false,
    retry: false,
    gcTime: 0,
  });
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="md" aria-labelledby="look-title">
      <DialogTitle id="look-title">{title}</DialogTitle>
      <DialogContent dividers>
        {isPending ? <LinearProgress aria-label="Loading" /> : null}
        {error ? <Alert severity="error">{error.message}</Alert> : null}
        <Stack spacing={1}>{data === undefined ? null : children(data)}</Stack>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </Dialog>
  );
}
