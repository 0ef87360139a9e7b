import {
  Alert,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  LinearProgress,
  TextField,
} from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Form, required, TextInput, useNotify } from 'react-admin';
import { markSent, requestOf } from './certificate-requests.js';

interface Props {
  readonly id: string;
  readonly mayChange: boolean;
  readonly onClose: () => void;
  readonly onChange: () => void;
}

/** What is sent to an authority; and a note that it went. */
export function RequestDialog({ id, mayChange, onClose, onChange }: Props) {
  const query = { queryKey: ['certificate-request', id], queryFn: () => requestOf(id), retry: false };
  const { data, error, isPending } = useQuery(query);
  const [isBusy, setBusy] = useState(false);
  const notify = useNotify();
  const sent = async ({ to }: Record<string, unknown>): Promise<void> => {
    setBusy(true);
    try {
      await markSent(id, String(to));
      onChange();
      onClose();
    } catch (failure) {
      notify(failure instanceof Error ? failure.message : 'It failed.', { type: 'error' });
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="request-title">
      <Form onSubmit={sent}>
        <DialogTitle id="request-title">The request, for an authority</DialogTitle>
        <DialogContent>
          {isPending ? <LinearProgress aria-label="Loading" /> : null}
          {error ? <Alert severity="error">{error.message}</Alert> : null}
          {data ? (
            <TextField
              label="Request"
              value={data.request}
              multiline
              fullWidth
              margin="dense"
              slotProps={{
                htmlInput: { readOnly: true, spellCheck: false, style: { fontFamily: 'monospace', fontSize: 12 } },
              }}
            />
          ) : null}
          {mayChange ? (
            <TextInput
              source="to"
              label="It went to"
              helperText="An authority, a person, a ticket"
              validate={required()}
              fullWidth
            />
          ) : null}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Close</Button>
          {mayChange ? (
            <Button type="submit" variant="contained" disabled={isBusy}>
              Note that it was sent
            </Button>
          ) : null}
        </DialogActions>
      </Form>
    </Dialog>
  );
}
