import { Box, Button, Paper, TextField } from '@mui/material';
import type { FormEvent } from 'react';

/** What an officer looks for, in the API's own words. */
export interface Search {
  readonly text?: string;
  readonly participant?: string;
  readonly room?: string;
  readonly since?: string;
  readonly until?: string;
  readonly reason: string;
}

interface SearchFormProps {
  readonly busy: boolean;
  readonly onSearch: (search: Search) => void;
}

/** Words, people, room, dates, and why. */
export function SearchForm({ busy, onSearch }: SearchFormProps) {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = (name: string): string | undefined => {
      const value = form.get(name);
      return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
    };
    onSearch({
      text: given('text'),
      participant: given('participant'),
      room: given('room'),
      since: instant(given('since')),
      until: instant(given('until')),
      reason: given('reason') ?? '',
    });
  };
  const columns = { display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(210px, 1fr))' };
  return (
    <Paper component="form" role="search" variant="outlined" onSubmit={submit} sx={{ p: 2, display: 'grid', gap: 2 }}>
      <TextField name="text" label="Words" helperText="Parts of words are found as well" autoFocus fullWidth />
      <Box sx={columns}>
        <TextField name="participant" label="Person" placeholder="Name, or name@company.example" />
        <TextField name="room" label="Room" placeholder="room@conference.company.example" />
        <TextField name="since" label="From" type="datetime-local" slotProps={{ inputLabel: { shrink: true } }} />
        <TextField name="until" label="Until" type="datetime-local" slotProps={{ inputLabel: { shrink: true } }} />
      </Box>
      <Box sx={{ display: 'flex', gap: 2, alignItems: 'flex-start' }}>
        <TextField
          name="reason"
          label="Reason"
          helperText="Is kept in the audit log"
          required
          fullWidth
          slotProps={{ htmlInput: { minLength: 3, maxLength: 500 } }}
        />
        <Button type="submit" variant="contained" size="large" disabled={busy} sx={{ minHeight: 48, mt: 1 }}>
          Search
        </Button>
      </Box>
    </Paper>
  );
}

function instant(local: string | undefined): string | undefined {
  return local === undefined ? undefined : new Date(local).toISOString();
}
