import {
  Alert,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogContentText,
  DialogTitle,
  Stack,
  TextField,
} from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

interface ReasonDialogProps {
  readonly title: string;
  readonly text: string;
  readonly button: string;
  /** Key of the queries that are asked again. */
  readonly renews: string;
  readonly act: (reason: string) => Promise<unknown>;
  readonly onClose: () => void;
}

/** One act, for a reason that is kept in the audit log. */
export function ReasonDialog({ title, text, button, renews, act, onClose }: ReasonDialogProps) {
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => act(reason),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [renews] });
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // The button stays usable: one that is switched off loses the focus, and Escape with it.
    if (!isPending) mutate();
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="reason-title">
      <form onSubmit={submit}>
        <DialogTitle id="reason-title">{title}</DialogTitle>
        <DialogContent>
          <Stack spacing={2}>
            <DialogContentText>{text}</DialogContentText>
            <TextField
              label="Reason"
              value={reason}
              onChange={({ target }) => setReason(target.value)}
              required
              autoFocus
              fullWidth
              size="small"
              helperText="Kept in the audit log"
            />
            {error ? <Alert severity="error">{error.message}</Alert> : null}
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="contained">
            {button}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
