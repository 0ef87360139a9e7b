import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, Stack, TextField } from '@mui/material';
import { Hold } from '@interoffice/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ask } from '../http.js';
import { dayAfter, linesOf } from './hold-words.js';

const EMPTY = {
  name: '',
  matter: '',
  reason: '',
  office: '',
  people: '',
  rooms: '',
  peers: '',
  words: '',
  from: '',
  until: '',
};
type Form = typeof EMPTY;

/** Places a hold; it is in force when the dialog closes. */
export function PlaceDialog({ onClose }: { onClose: () => void }) {
  const [form, setForm] = useState<Form>(EMPTY);
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => ask(Hold, '/holds', { method: 'POST', body: bodyOf(form) }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['holds'] });
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // The button stays usable: one that is switched off loses the focus, and Escape with it.
    if (!isPending) mutate();
  };
  const field = (name: keyof Form, label: string, more: object = {}) => (
    <TextField
      label={label}
      value={form[name]}
      onChange={({ target }) => setForm({ ...form, [name]: target.value })}
      fullWidth
      size="small"
      {...more}
    />
  );
  const several = { multiline: true, maxRows: 4 };
  const day = { type: 'date', slotProps: { inputLabel: { shrink: true } } };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="place-title">
      <form onSubmit={submit}>
        <DialogTitle id="place-title">Place a hold</DialogTitle>
        <DialogContent dividers>
          <Stack spacing={2}>
            {field('name', 'Name', { required: true, autoFocus: true })}
            {field('matter', 'Matter', { required: true, helperText: 'The case, as the company calls it' })}
            {field('reason', 'Reason', { required: true, helperText: 'Kept in the audit log' })}
            <Alert severity="info">
              Of each field one entry is enough; all fields that are filled in must be met. A person’s hold covers what
              the person wrote and was sent; for everything in a room, hold the room.
            </Alert>
            {field('people', 'People', { ...several, helperText: 'Addresses, one on a line: of now or of before' })}
            {field('rooms', 'Rooms', { ...several, helperText: 'Addresses, one on a line' })}
            {field('peers', 'Other servers', { ...several, helperText: 'Domains, one on a line' })}
            {field('words', 'Words', { ...several, helperText: 'As for a search; each line by itself' })}
            <Stack direction="row" spacing={2}>
              {field('from', 'From', day)}
              {field('until', 'Until, this day too', day)}
            </Stack>
            {field('office', 'Office', { helperText: 'Empty: the offices you are responsible for' })}
            {error ? <Alert severity="error">{error.message}</Alert> : null}
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="contained">
            Place the hold
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function bodyOf({ name, matter, reason, office, people, rooms, peers, words, from, until }: Form): object {
  return {
    name,
    matter,
    reason,
    ...(office.trim() !== '' && { office: office.trim() }),
    people: linesOf(people),
    rooms: linesOf(rooms),
    peers: linesOf(peers),
    words: linesOf(words),
    ...(from !== '' && { from: `${from}T00:00:00Z` }),
    ...(until !== '' && { until: dayAfter(until) }),
  };
}
